//! Transport, authentication and the envelope of errors.

use super::{
    Kind::{Error, Limit, Schema},
    Need::{Cluster, Credentials, Load, SecondIdentity},
    Passive::{Always, Never},
    Rule,
    Safety::{OwnObjects, ReadOnly},
    Scope::{self, All, Elsewhere, Only},
    line, lines, must, observed, should,
};
use crate::contract::Endpoint::{
    Create, Delete, Get, List, Reset, RunNow, RunsCancel, RunsCancelAll, RunsDelete, RunsExport,
    RunsGet, RunsGetOutput, RunsList, RunsSubmit, Update,
};

/// The endpoints that only read.
const GETS: Scope = Only(&[List, Get, RunsList, RunsGet, RunsExport, RunsGetOutput]);

/// The endpoints that write.
const POSTS: Scope = Only(&[
    Create,
    Delete,
    Reset,
    Update,
    RunNow,
    RunsSubmit,
    RunsCancel,
    RunsCancelAll,
    RunsDelete,
]);

pub(super) static RULES: &[Rule] = &[
    Rule {
        id: "http/error/unauthenticated-rejected",
        lines: &[line(17)],
        statement: "A request that carries no credential is refused with 401 or 403, whichever \
            endpoint it is for.",
        test: "Call every endpoint without an `Authorization` header and look at the status.",
        needs: &[Credentials],
        ..must(Error, All, ReadOnly, Never)
    },
    Rule {
        id: "http/error/unauthenticated-no-effect",
        lines: &[line(17)],
        statement: "A write that carries no credential leaves jobs and runs as they were.",
        test: "Read the object, try each write on it without a credential, read it again and \
            compare.",
        needs: &[Credentials],
        ..must(Error, POSTS, OwnObjects, Never)
    },
    Rule {
        id: "http/error/bad-token-rejected",
        lines: &[line(17)],
        statement: "A bearer token that the workspace never issued does not let anybody in.",
        test: "Call every endpoint with a made-up token; none may answer with success.",
        needs: &[Credentials],
        ..must(Error, All, ReadOnly, Never)
    },
    Rule {
        id: "http/error/bad-token-envelope",
        statement: "The real service has been seen to answer an invalid token with 403 and a JSON \
            error whose `error_code` is the number 403.",
        test: "Compare the body of such a refusal with that shape and report what differs.",
        sources: &["databricks-sdk-go#917", "databricks-sdk-go#873"],
        needs: &[Credentials],
        ..observed(Error, All, ReadOnly, Always)
    },
    Rule {
        id: "http/error/expired-token-401",
        statement: "The real service has been seen to answer an expired directory token with 401, \
            in earlier years with 403 or 400.",
        test: "Call any endpoint with an expired token, if the profile has one, and note the \
            status.",
        sources: &["databrickslabs/splunk-integration#55"],
        needs: &[Credentials],
        ..observed(Error, All, ReadOnly, Always)
    },
    Rule {
        id: "http/error/auth-precedes-validation",
        statement: "The real service is understood to judge the caller's rights before it looks at \
            the body or at whether the object exists.",
        test: "Send an unreadable body without a credential; the status speaks of the credential \
            and not of the body.",
        sources: &["databricks/cli libs/testserver/jobs.go"],
        needs: &[Credentials],
        ..observed(Error, All, ReadOnly, Never)
    },
    Rule {
        id: "http/error/forbidden-other-principal",
        lines: &[line(962)],
        statement: "The real service has been seen to answer 403, without any data, when somebody \
            without rights on a job or run touches it.",
        test: "Read and delete a job of the first identity with the credential of a second one.",
        needs: &[SecondIdentity],
        ..observed(
            Error,
            Only(&[
                Delete,
                Get,
                Reset,
                Update,
                RunNow,
                RunsSubmit,
                RunsList,
                RunsGet,
                RunsExport,
                RunsCancel,
                RunsCancelAll,
                RunsGetOutput,
                RunsDelete,
            ]),
            OwnObjects,
            Never,
        )
    },
    Rule {
        id: "http/error/unknown-endpoint",
        lines: &[lines(20, 21)],
        statement: "A path under `/api/2.0/jobs/` that is none of the 15 endpoints should be \
            answered with 404.",
        test: "Call a made-up path with GET and with POST; another 4xx counts as a warning only.",
        ..should(Error, Elsewhere, ReadOnly, Never)
    },
    Rule {
        id: "http/error/unknown-endpoint-envelope",
        statement: "The real service has been seen to answer an unknown path with the error code \
            `ENDPOINT_NOT_FOUND`, on newer front ends with a lone `error` text about a bad target.",
        test: "Compare the body for a made-up path with these two shapes.",
        sources: &["databricks-cli#383", "airflow#60444"],
        ..observed(Error, Elsewhere, ReadOnly, Always)
    },
    Rule {
        id: "http/error/wrong-method",
        lines: &[
            line(21),
            line(112),
            line(156),
            line(178),
            line(237),
            line(286),
            line(337),
            line(408),
            line(487),
            line(563),
            line(648),
            line(699),
            line(724),
            line(749),
            line(820),
        ],
        statement: "An endpoint should refuse every HTTP method but its own with a 4xx status.",
        test: "Call each path with the other four of GET, POST, PUT, PATCH and DELETE.",
        ..should(Error, All, OwnObjects, Never)
    },
    Rule {
        id: "http/error/wrong-method-no-effect",
        lines: &[
            line(21),
            line(112),
            line(156),
            line(178),
            line(237),
            line(286),
            line(337),
            line(408),
            line(487),
            line(563),
            line(648),
            line(699),
            line(724),
            line(749),
            line(820),
        ],
        statement: "A call of a writing endpoint by a wrong method does nothing to the object that \
            it names.",
        test: "Send the parameters of each write as the query of a GET, then read the object and \
            compare.",
        ..must(Error, POSTS, OwnObjects, Never)
    },
    Rule {
        id: "http/error/malformed-json",
        lines: &[lines(61, 67)],
        statement: "A body that is not JSON should be refused with 400.",
        test: "Send each POST endpoint a body that breaks off in the middle, and one with a stray \
            character.",
        sources: &["prefect#5836"],
        ..should(Error, POSTS, ReadOnly, Never)
    },
    Rule {
        id: "http/error/body-not-object",
        lines: &[line(61)],
        statement: "A JSON body that is an array, a string, a number or null should be refused \
            with a 4xx status.",
        test: "Send each POST endpoint one body of each of these types.",
        sources: &["databricks-cli#615"],
        ..should(Error, POSTS, ReadOnly, Never)
    },
    Rule {
        id: "http/schema/error-envelope",
        statement: "The real service has been seen to send every error as a JSON object with an \
            `error_code`, text or number, and a textual `message`.",
        test: "Look at the body of every answer outside 2xx.",
        sources: &["databricks-sdk-go#917"],
        ..observed(Schema, All, ReadOnly, Always)
    },
    Rule {
        id: "http/schema/success-is-json-object",
        lines: &[
            line(105),
            line(149),
            line(227),
            line(394),
            line(479),
            line(554),
            line(618),
            line(691),
            line(808),
        ],
        statement: "Every success carries a JSON object of the structure that its endpoint \
            promises, labelled as `application/json`.",
        test: "Look at content type and body of every 200.",
        ..must(Schema, All, ReadOnly, Always)
    },
    Rule {
        id: "http/schema/empty-success",
        lines: &[lines(156, 174)],
        statement: "The real service has been seen to answer writes that promise no data (delete, \
            reset, update, the cancels) with an empty JSON object.",
        test: "Look at the bodies of their successes; an empty body is tolerated.",
        ..observed(
            Schema,
            Only(&[Delete, Reset, Update, RunsCancel, RunsCancelAll, RunsDelete]),
            OwnObjects,
            Always,
        )
    },
    Rule {
        id: "http/schema/curl-data-content-type",
        lines: &[lines(29, 31), line(162), line(346)],
        statement: "A POST endpoint reads its body as JSON even when the request is labelled as a \
            form, because that is what the document's own `curl --data` calls send.",
        test: "Send each documented call with the bytes and headers that curl would send; each \
            succeeds.",
        needs: &[Cluster],
        ..must(Schema, POSTS, OwnObjects, Never)
    },
    Rule {
        id: "http/schema/get-query-params",
        lines: &[lines(184, 191), lines(496, 503), lines(572, 579)],
        statement: "A GET endpoint takes its parameters from the query string.",
        test: "Call every GET endpoint with its parameters in the URL and see them obeyed.",
        ..must(Schema, GETS, ReadOnly, Never)
    },
    Rule {
        id: "http/schema/get-json-body",
        statement: "The real service has been seen to accept the parameters of a GET as a JSON \
            body, which older clients send.",
        test: "Move the parameters of a GET into a body and note whether the answer stays the \
            same.",
        sources: &["OpenMetadata#33200"],
        ..observed(Schema, GETS, ReadOnly, Never)
    },
    Rule {
        id: "http/schema/documented-types",
        lines: &[lines(840, 1372)],
        statement: "A documented field that an answer holds has its documented type.",
        test: "Check every answer against the structures, with unknown fields let through.",
        ..must(Schema, All, ReadOnly, Always)
    },
    Rule {
        id: "http/schema/undocumented-fields-tolerated",
        statement: "Answers of the real service have been seen with fields beyond the documented \
            ones, such as `format`, which no rule forbids.",
        test: "Count the unknown fields of all answers and report them; none is a failure.",
        ..observed(Schema, All, ReadOnly, Always)
    },
    Rule {
        id: "http/schema/int64-exact",
        lines: &[line(108), line(397), line(482)],
        statement: "A 64-bit id should come back digit by digit as the JSON integer that was \
            issued, never rounded and never as text.",
        test: "Read objects by ids as large as those of real workspaces and compare the digits.",
        sources: &["databricks-sdk-py#278"],
        ..should(Schema, All, OwnObjects, Always)
    },
    Rule {
        id: "http/schema/int-as-string-accepted",
        statement: "The real service has been seen to accept an integer that is written as a JSON \
            string, such as `\"job_id\": \"1819\"`.",
        test: "Send an id in quotes and note the answer; a refusal is never a failure.",
        sources: &["databricks-cli#409"],
        ..observed(Schema, POSTS, OwnObjects, Never)
    },
    Rule {
        id: "http/schema/null-equals-absent",
        statement: "The real service is understood to read a field that is null as if it had been \
            left out.",
        test: "Send optional fields as null and note what is stored; a refusal is never a failure.",
        ..observed(Schema, POSTS, OwnObjects, Never)
    },
    Rule {
        id: "http/schema/unknown-request-fields",
        statement: "What the real service does with a request field that it does not know is open.",
        test: "Add a made-up field to a valid request and note whether it is accepted or refused.",
        ..observed(Schema, POSTS, OwnObjects, Never)
    },
    Rule {
        id: "http/limit/request-10mb",
        lines: &[line(6)],
        statement: "A request of more than 10 MB is turned down and has no effect.",
        test: "Send a body of one byte more than 10 MiB, padded inside a string; no success, no \
            new object.",
        needs: &[Load],
        ..must(Limit, POSTS, OwnObjects, Never)
    },
    Rule {
        id: "http/limit/request-under-10mb",
        lines: &[line(6)],
        statement: "A request of less than 10 MB should not be turned down because of its size.",
        test: "Put some 9 MB of white space around a valid body; it is accepted like the bare one.",
        needs: &[Load],
        ..should(Limit, POSTS, OwnObjects, Never)
    },
    Rule {
        id: "http/error/no-5xx-for-bad-input",
        lines: &[line(14)],
        statement: "Invalid input should never be answered with a 5xx status, since that would \
            tell the client to try the same again for minutes.",
        test: "Collect the status of every deliberately invalid request.",
        ..should(Error, All, ReadOnly, Always)
    },
    Rule {
        id: "http/limit/429-retry-after",
        lines: &[line(332)],
        statement: "Clients of the real service expect a `Retry-After` with a 429 and wait one \
            second where it is missing.",
        test: "Look at the headers of any 429 that turns up.",
        sources: &["databricks-sdk-py databricks/sdk/errors/customizer.py"],
        ..observed(Limit, All, ReadOnly, Always)
    },
];
