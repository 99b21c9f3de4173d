//! The behavioural faults: what each is called, the rule that it breaks, and what the server does wrong.
//!
//! This is their one home. A new one gets a row here and a hook where the behaviour lives: `misheard` for
//! arguments, `forestalled` for what is done instead, `misreported` and `sighted` for what is shown,
//! `gate` for what is settled before an endpoint is reached, `tokens` and `runs` for the rest.

/// Makes the faults from the table; what a fault's documentation says is what the user is told about it.
macro_rules! behaviours {
    ($($(#[doc = $about:literal])+ $fault:ident = $name:literal breaks $rule:literal;)+) => {
        /// A way in which the workspace is wrong on purpose.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(in crate::serve) enum Behaviour {
            $($(#[doc = $about])+ $fault,)+
        }

        impl Behaviour {
            /// All of them, in the order of the table.
            pub(super) const ALL: &[Self] = &[$(Self::$fault),+];

            /// What it is called.
            pub(super) const fn name(self) -> &'static str {
                match self { $(Self::$fault => $name,)+ }
            }

            /// The rule that it breaks.
            pub(in crate::serve) const fn rule(self) -> &'static str {
                match self { $(Self::$fault => $rule,)+ }
            }

            /// What the server does wrong, in one sentence.
            pub(super) const fn about(self) -> &'static str {
                match self { $(Self::$fault => concat!($($about),+).trim_ascii_start(),)+ }
            }
        }
    };
}

behaviours! {
    /// A create with the settings of a job that there is gives the id of that job.
    CreateDeduplicates = "create-deduplicates" breaks "create/consistency/distinct-ids";
    /// A create forgets `min_retry_interval_millis`, unless it is 0.
    CreateDropsSetting = "create-drops-setting" breaks "create/consistency/settings-echo";
    /// `created_time` is in seconds.
    CreatedTimeInSeconds = "created-time-in-seconds" breaks "create/consistency/created-time";
    /// A job that was created without a name has an empty one.
    CreateWithoutDefaultName = "create-without-default-name" breaks "create/schema/default-name";
    /// A job that was created without a timeout has one of an hour.
    CreateDefaultsTimeout = "create-defaults-timeout" breaks "create/schema/default-timeout";
    /// A create answers with `job_id` as text.
    CreatedIdAsText = "created-id-as-text" breaks "http/schema/documented-types";

    /// jobs/list lacks the latest job.
    ListOmitsLatest = "list-omits-latest" breaks "list/consistency/contains-all-created";
    /// jobs/list goes on showing jobs that were deleted.
    ListShowsDeleted = "list-shows-deleted" breaks "list/consistency/excludes-deleted";
    /// jobs/list shows the name that a job had when it was created.
    ListShowsOldSettings = "list-shows-old-settings" breaks "list/consistency/equals-get";
    /// A job shows `creator_user_name` as null.
    GetNullCreator = "get-null-creator" breaks "get/schema/creator-absent-not-null";

    /// A delete of a job that is deleted already is refused.
    DeleteAgainRefused = "delete-again-refused" breaks "delete/idempotency/already-removed-noop";
    /// Runs that had ended stay visible when their job is deleted.
    DeleteKeepsHistory = "delete-keeps-history" breaks "delete/consistency/run-history-gone";
    /// jobs/get shows a job for 50 ms after it was deleted.
    DeleteLags = "delete-lags" breaks "delete/consistency/get-fails-after";
    /// Runs that are active when their job is deleted stay visible and run to their own end.
    DeleteLeavesRunsRunning = "delete-leaves-runs-running"
        breaks "delete/lifecycle/active-runs-terminated";

    /// A reset keeps the settings that it does not name.
    ResetMerges = "reset-merges" breaks "reset/consistency/full-replace";
    /// A reset sets `created_time` anew.
    ResetRenewsCreatedTime = "reset-renews-created-time" breaks "reset/consistency/identity-kept";
    /// A timeout that is changed by a reset does not hold for active runs.
    ResetIgnoresTimeoutOfActive = "reset-ignores-timeout-of-active"
        breaks "reset/lifecycle/timeout-applies-to-active";
    /// Runs that were there before a reset show the task and the cluster that it set.
    ResetRewritesRuns = "reset-rewrites-runs" breaks "reset/lifecycle/other-fields-future-only";

    /// An update merges objects instead of replacing them.
    UpdateMergesObjects = "update-merges-objects"
        breaks "update/consistency/struct-replaced-not-merged";
    /// An update ignores `fields_to_remove`.
    UpdateIgnoresRemoval = "update-ignores-removal" breaks "update/consistency/fields-to-remove";
    /// An update drops `timeout_seconds`, `max_retries` and `min_retry_interval_millis`, unless it sets them.
    UpdateForgetsOthers = "update-forgets-others" breaks "update/consistency/unnamed-fields-kept";
    /// An update removes fields within a setting (`schedule.pause_status`, `schedule/pause_status`).
    UpdateRemovesNested = "update-removes-nested" breaks "update/error/remove-nested";
    /// A timeout that is changed by an update does not hold for active runs.
    UpdateIgnoresTimeoutOfActive = "update-ignores-timeout-of-active"
        breaks "update/lifecycle/timeout-applies-to-active";

    /// A run-now ignores its token.
    TokenIgnored = "token-ignored" breaks "run-now/idempotency/same-token-same-run";
    /// A run-now starts another run once that of its token has terminated.
    TokenForgottenAtEnd = "token-forgotten-at-end" breaks "run-now/idempotency/after-terminal";
    /// A run-now starts another run if that of its token was skipped.
    TokenForgottenWhenSkipped = "token-forgotten-when-skipped"
        breaks "run-now/idempotency/skipped-run-keeps-token";
    /// A run-now with the same token and other parameters starts another run.
    TokenByBody = "token-by-body" breaks "run-now/idempotency/different-body-same-run";
    /// A run-now starts another run if that of its token was deleted.
    TokenAfterDelete = "token-after-delete" breaks "run-now/idempotency/deleted-run-error";
    /// A run-now is refused if one with the same token was.
    TokenConsumedByRefusal = "token-consumed-by-refusal"
        breaks "run-now/idempotency/rejected-does-not-consume";
    /// Only the first 48 characters of the token of a run-now count.
    TokenCut = "token-cut" breaks "run-now/idempotency/different-token-different-run";
    /// A run-now looks for its token 20 ms before it enters it, so that calls that overlap start several runs.
    TokenRace = "token-race" breaks "run-now/concurrency/same-token-parallel";
    /// A run-now takes the next number 20 ms before it enters it, so that calls that overlap share one.
    NumberRace = "number-race" breaks "run-now/concurrency/numbers-unique";
    /// The runs of a job are numbered from 0.
    NumberFromZero = "number-from-zero" breaks "run/consistency/number-starts-at-1";
    /// Every second run of a job has the number of the one before.
    NumberStandsStill = "number-stands-still" breaks "run-now/consistency/number-strictly-increases";
    /// One run more than `max_concurrent_runs` may be active, unless that is 0.
    ConcurrencyOneTooMany = "concurrency-one-too-many" breaks "run-now/lifecycle/skipped-when-full";
    /// With `max_concurrent_runs` of 0, any number of runs may be active.
    ZeroConcurrencyRuns = "zero-concurrency-runs" breaks "run-now/lifecycle/skipped-when-zero";
    /// A run that is to be skipped is pending for 40 times the pending phase first.
    SkipsLate = "skips-late" breaks "run-now/lifecycle/skipped-immediately";
    /// Runs that have terminated count against `max_concurrent_runs` too.
    SlotNeverFreed = "slot-never-freed" breaks "run-now/lifecycle/slot-freed";
    /// Runs do not show `overriding_parameters`.
    OverridesLost = "overrides-lost" breaks "run-now/consistency/overriding-parameters";
    /// The base parameters of a notebook win over those of the run-now.
    BaseParametersWin = "base-parameters-win" breaks "run-now/lifecycle/notebook-params-merge";

    /// A submit ignores its token.
    SubmitTokenIgnored = "submit-token-ignored" breaks "runs-submit/idempotency/same-token-same-run";
    /// A submit starts another run once that of its token has terminated.
    SubmitTokenForgottenAtEnd = "submit-token-forgotten-at-end"
        breaks "runs-submit/idempotency/after-terminal";
    /// A submit starts another run if that of its token was deleted.
    SubmitTokenAfterDelete = "submit-token-after-delete"
        breaks "runs-submit/idempotency/deleted-run-error";
    /// A submit looks for its token 20 ms before it enters it, so that calls that overlap start several runs.
    SubmitTokenRace = "submit-token-race" breaks "runs-submit/concurrency/same-token-parallel";
    /// Submitted runs are called `Untitled` whatever name was sent.
    SubmitNameLost = "submit-name-lost" breaks "runs-submit/consistency/run-name-echo";
    /// Submitted runs are of the type `JOB_RUN`.
    SubmitRunType = "submit-run-type" breaks "runs-submit/schema/run-type-submit-run";
    /// The cluster of a submitted run lacks the libraries.
    SubmitWithoutLibraries = "submit-without-libraries" breaks "runs-submit/consistency/cluster-spec";
    /// Submitted runs have the trigger `PERIODIC`.
    SubmitTriggerPeriodic = "submit-trigger-periodic" breaks "runs-submit/schema/trigger-one-time";
    /// A submitted run is never stopped at its timeout.
    SubmitTimeoutIgnored = "submit-timeout-ignored" breaks "runs-submit/lifecycle/timeout";

    /// runs/list shows one run more than `limit` asks for.
    LimitOneMore = "limit-one-more" breaks "runs-list/pagination/limit-at-most";
    /// runs/list shows 25 runs if it is asked for no number.
    DefaultLimit25 = "default-limit-25" breaks "runs-list/pagination/default-limit-20";
    /// runs/list takes a limit of 0 for none.
    LimitZeroIsDefault = "limit-zero-is-default" breaks "runs-list/pagination/limit-0-is-max";
    /// runs/list shows the earliest run first.
    ListAscending = "list-ascending" breaks "runs-list/pagination/order-desc";
    /// `has_more` is true on the last page too.
    HasMoreAlways = "has-more-always" breaks "runs-list/pagination/has-more-false";
    /// `has_more` is false on every page.
    HasMoreNever = "has-more-never" breaks "runs-list/pagination/has-more-true";
    /// runs/list passes over one run more than `offset` asks for, unless that is 0.
    OffsetOffByOne = "offset-off-by-one" breaks "runs-list/pagination/offset";
    /// runs/list ignores `job_id`.
    ListIgnoresJob = "list-ignores-job" breaks "runs-list/consistency/job-filter";
    /// runs/list ignores `active_only`.
    ActiveShowsEnded = "active-shows-ended" breaks "runs-list/consistency/active-only";
    /// runs/list ignores `completed_only`.
    CompletedShowsActive = "completed-shows-active" breaks "runs-list/consistency/completed-only";
    /// runs/list ignores `run_type`.
    ListIgnoresRunType = "list-ignores-run-type" breaks "runs-list/consistency/run-type-filter";
    /// runs/list shows a run from 50 ms after its start only.
    ListLags = "list-lags" breaks "runs-list/consistency/includes-new-run";

    /// A run shows its result while it is running.
    ResultEarly = "result-early" breaks "run/lifecycle/no-result-before-end";
    /// A run never shows its result.
    ResultMissing = "result-missing" breaks "run/lifecycle/result-when-terminated";
    /// A run that was seen terminating with `SUCCESS` shows `FAILED` once it has terminated.
    ResultFlips = "result-flips" breaks "run/lifecycle/result-never-changes";
    /// A running run shows `PENDING` in every second tenth of a second.
    StateGoesBack = "state-goes-back" breaks "run/lifecycle/allowed-transitions";
    /// A run that was seen `TERMINATED` shows `TERMINATING` from 20 ms later on.
    EndedRunWakes = "ended-run-wakes" breaks "run/lifecycle/terminal-is-final";
    /// Results are spelled `SUCCESSFUL` and `TIMED_OUT`.
    ResultSpelledOtherwise = "result-spelled-otherwise" breaks "run/schema/result-enum";
    /// An active run shows the time as its `end_time`.
    EndTimeEarly = "end-time-early" breaks "run/consistency/end-time-zero-while-active";
    /// A run that has ended shows 0 as its `end_time`.
    EndTimeMissing = "end-time-missing" breaks "run/consistency/end-time-set-when-terminal";
    /// `start_time` is in seconds.
    StartTimeInSeconds = "start-time-in-seconds" breaks "run/consistency/start-time-window";
    /// A first attempt shows 0 as its `original_attempt_run_id`.
    OriginalAttemptZero = "original-attempt-zero" breaks "run/consistency/original-attempt-self";
    /// The cluster of a run has another id once its task is over.
    ClusterOfRunMoves = "cluster-of-run-moves" breaks "run/schema/cluster-instance-appears-once";
    /// Ids of a cluster or Spark context that is not there yet are empty texts.
    EmptyInsteadOfAbsent = "empty-instead-of-absent" breaks "run/schema/absent-not-empty";
    /// Tasks that fail count as successful.
    FailureSucceeds = "failure-succeeds" breaks "run/lifecycle/failed";
    /// The run of a job is not stopped at the timeout that it started with.
    TimeoutIgnored = "timeout-ignored" breaks "run/lifecycle/timedout";

    /// No run is retried.
    RetryMissing = "retry-missing" breaks "run/lifecycle/retry-created";
    /// There is one retry more than `max_retries`, unless that is 0.
    RetryOneTooMany = "retry-one-too-many" breaks "run/lifecycle/retry-max-attempt";
    /// Every retry shows 1 as its `attempt_number`.
    RetryAttemptStuck = "retry-attempt-stuck" breaks "run/lifecycle/retry-attempt-numbers";
    /// Retries have the trigger `ONE_TIME`.
    RetryTriggerOneTime = "retry-trigger-one-time" breaks "run/lifecycle/retry-trigger";
    /// Runs that succeed are retried too.
    RetryAfterSuccess = "retry-after-success" breaks "run/lifecycle/retry-stops-on-success";
    /// A retry does not wait for `min_retry_interval_millis`.
    RetryTooSoon = "retry-too-soon" breaks "run/lifecycle/retry-min-interval";
    /// A run that timed out is retried whatever `retry_on_timeout` says.
    RetryOnTimeoutAlways = "retry-on-timeout-always" breaks "run/lifecycle/no-retry-on-timeout-default";
    /// A run that timed out is not retried whatever `retry_on_timeout` says.
    RetryOnTimeoutNever = "retry-on-timeout-never" breaks "run/lifecycle/retry-on-timeout";

    /// The export of a run of another task than a notebook succeeds without a view.
    ExportAnyTask = "export-any-task" breaks "runs-export/error/non-notebook";
    /// An export shows all views if it is not told which.
    ExportAllByDefault = "export-all-by-default" breaks "runs-export/schema/default-code";
    /// An exported notebook is named by its whole path.
    ExportNamesPath = "export-names-path" breaks "runs-export/consistency/name-is-notebook";
    /// The type of a view is in lower case.
    ExportTypeLowerCase = "export-type-lower-case" breaks "runs-export/schema/view-type-enum";

    /// A cancel does nothing.
    CancelIgnored = "cancel-ignored" breaks "runs-cancel/lifecycle/eventually-terminated";
    /// A run that was cancelled shows `FAILED`.
    CancelEndsFailed = "cancel-ends-failed" breaks "runs-cancel/lifecycle/result-canceled";
    /// A cancel of a run that has ended is refused.
    CancelEndedRefused = "cancel-ended-refused" breaks "runs-cancel/idempotency/terminal-noop";
    /// A cancel of a pending run does nothing.
    CancelOnlyRunning = "cancel-only-running" breaks "runs-cancel/lifecycle/pending-run";
    /// A cancel with a `run_id` that is no whole number is answered 404.
    CancelInvalid404 = "cancel-invalid-404" breaks "runs-cancel/error/invalid-400";
    /// A cancel-all leaves the earliest run active, if there are several.
    CancelAllForgetsOne = "cancel-all-forgets-one" breaks "runs-cancel-all/lifecycle/cancels-all-active";
    /// A cancel-all cancels the runs of all jobs.
    CancelAllJobs = "cancel-all-jobs" breaks "runs-cancel-all/consistency/other-jobs-untouched";
    /// A cancel-all moves the `end_time` of runs that have ended to its own time.
    CancelAllRewritesEnded = "cancel-all-rewrites-ended"
        breaks "runs-cancel-all/consistency/completed-untouched";
    /// A cancel-all with a `job_id` that is no whole number is answered 404.
    CancelAllInvalid404 = "cancel-all-invalid-404" breaks "runs-cancel-all/error/invalid-400";

    /// An output shows `error` beside `notebook_output`.
    OutputAndError = "output-and-error" breaks "runs-get-output/schema/output-xor-error";
    /// The run in an output has another name than in runs/get.
    OutputMetadataStale = "output-metadata-stale"
        breaks "runs-get-output/consistency/metadata-equals-get";
    /// The value that a notebook returned lacks its last character.
    OutputCut = "output-cut" breaks "runs-get-output/lifecycle/exit-value";
    /// The value that a notebook returned is shown whole, however long it is.
    OutputBeyond1Mb = "output-beyond-1mb" breaks "runs-get-output/limit/truncated-1mb";
    /// A notebook that returned nothing shows `None`.
    OutputMadeUp = "output-made-up" breaks "runs-get-output/lifecycle/no-exit-empty";
    /// A get-output with a `run_id` that is no whole number is answered 404.
    OutputInvalid404 = "output-invalid-404" breaks "runs-get-output/error/invalid-400";

    /// An active run can be deleted.
    DeleteActiveRun = "delete-active-run" breaks "runs-delete/error/active";
    /// A delete of an active run is refused, and cancels it.
    DeleteActiveCancels = "delete-active-cancels" breaks "runs-delete/error/active-no-effect";
    /// A delete of a run succeeds and leaves it where it is.
    DeleteRunForgets = "delete-run-forgets" breaks "runs-delete/lifecycle/non-active-deleted";

    /// Reads without a credential are answered.
    UnauthenticatedServed = "unauthenticated-served" breaks "http/error/unauthenticated-rejected";
    /// Writes without a credential are refused, and carried out.
    UnauthenticatedWrites = "unauthenticated-writes" breaks "http/error/unauthenticated-no-effect";
    /// A write with the wrong method is refused, and carried out; its arguments may stand in the query.
    WrongMethodActs = "wrong-method-acts" breaks "http/error/wrong-method-no-effect";
    /// Where there is nothing to tell, the answer is `[]` instead of `{}`.
    SuccessAsList = "success-as-list" breaks "http/schema/success-is-json-object";
    /// runs/get reads its body only, and not its query.
    QueryIgnored = "query-ignored" breaks "http/schema/get-query-params";
    /// The content type that curl sends unless told otherwise is refused.
    FormRefused = "form-refused" breaks "http/schema/curl-data-content-type";
}
