//! New clusters and libraries.

use super::{
    Kind::{Consistency, Error, Limit, Schema},
    Need::{Cluster, LegacyNodeType, NewCluster},
    Passive::{Always, Never},
    Rule, SETTINGS_OR_SUBMIT,
    Safety::{Compute, OwnObjects},
    Scope::Only,
    line, lines, must, observed, should,
};
use crate::contract::Endpoint::{Create, Get, RunsSubmit};

pub(super) static RULES: &[Rule] = &[
    Rule {
        id: "cluster/schema/spark-version-required",
        lines: &[line(1100)],
        statement: "A new cluster without `spark_version` is refused.",
        test: "Leave the field out and expect a 4xx.",
        needs: &[NewCluster],
        ..must(Schema, SETTINGS_OR_SUBMIT, OwnObjects, Never)
    },
    Rule {
        id: "cluster/schema/node-type-or-pool",
        lines: &[line(1107)],
        statement: "A new cluster must get its node type from `node_type_id`, from an instance \
            pool or from a policy, else it is refused.",
        test: "Leave out all three and expect a 4xx.",
        needs: &[NewCluster],
        ..must(Schema, SETTINGS_OR_SUBMIT, OwnObjects, Never)
    },
    Rule {
        id: "cluster/error/size-missing",
        lines: &[line(1095)],
        statement: "A new cluster with neither `num_workers` nor `autoscale` should be refused.",
        test: "Leave out both and expect a 4xx.",
        sources: &["terraform-provider-databricks#25", "databricks-cli#663"],
        needs: &[NewCluster],
        ..should(Error, SETTINGS_OR_SUBMIT, OwnObjects, Never)
    },
    Rule {
        id: "cluster/error/size-both",
        lines: &[line(1095)],
        statement: "A new cluster with both `num_workers` and `autoscale` should be refused.",
        test: "Send both and expect a 4xx.",
        needs: &[NewCluster],
        ..should(Error, SETTINGS_OR_SUBMIT, OwnObjects, Never)
    },
    Rule {
        id: "cluster/error/autoscale-equal",
        lines: &[line(855)],
        statement: "An autoscale range whose `max_workers` equals its `min_workers` is refused.",
        test: "Set both ends to 2 and expect a 4xx.",
        needs: &[NewCluster],
        ..must(Error, SETTINGS_OR_SUBMIT, OwnObjects, Never)
    },
    Rule {
        id: "cluster/error/autoscale-reversed",
        lines: &[line(855)],
        statement: "An autoscale range whose `max_workers` is less than its `min_workers` is \
            refused.",
        test: "Set the ends to 3 and 1 and expect a 4xx.",
        needs: &[NewCluster],
        ..must(Error, SETTINGS_OR_SUBMIT, OwnObjects, Never)
    },
    Rule {
        id: "cluster/schema/autoscale-valid",
        lines: &[lines(854, 855)],
        statement: "An autoscale range whose `max_workers` exceeds its `min_workers` is accepted.",
        test: "Set the ends to 1 and 2.",
        needs: &[NewCluster],
        ..must(Schema, Only(&[Create]), OwnObjects, Never)
    },
    Rule {
        id: "cluster/error/negative-workers",
        lines: &[line(1095)],
        statement: "A negative `num_workers` should be refused.",
        test: "Send -1 in an otherwise valid request.",
        needs: &[NewCluster],
        ..should(Error, Only(&[Create]), OwnObjects, Never)
    },
    Rule {
        id: "cluster/error/driver-pool-needs-pool",
        lines: &[line(1125)],
        statement: "A new cluster with a `driver_instance_pool_id` but no `instance_pool_id` is \
            refused.",
        test: "Send `driver_instance_pool_id` without `instance_pool_id`.",
        needs: &[NewCluster],
        ..must(Error, SETTINGS_OR_SUBMIT, OwnObjects, Never)
    },
    Rule {
        id: "cluster/limit/tags-45",
        lines: &[line(1113)],
        statement: "More than 45 custom tags on a cluster are refused.",
        test: "Send 45, which pass, and 46, which do not.",
        needs: &[NewCluster],
        ..must(Limit, SETTINGS_OR_SUBMIT, OwnObjects, Never)
    },
    Rule {
        id: "cluster/limit/tag-key-length",
        lines: &[line(909)],
        statement: "A tag whose key is empty or longer than 512 characters is refused.",
        test: "Try lengths 0, 1, 512 and 513; the outer two are refused.",
        needs: &[NewCluster],
        ..must(Limit, SETTINGS_OR_SUBMIT, OwnObjects, Never)
    },
    Rule {
        id: "cluster/error/tag-key-chars",
        lines: &[line(910)],
        statement: "A tag's key with one of the characters `<>%*&+?\\/` is refused.",
        test: "Try one key for each of these characters.",
        needs: &[NewCluster],
        ..must(Error, SETTINGS_OR_SUBMIT, OwnObjects, Never)
    },
    Rule {
        id: "cluster/error/tag-key-prefix",
        lines: &[line(911)],
        statement: "A tag's key that starts with the name of the cloud's vendor (azure, microsoft, \
            windows) is refused.",
        test: "Try one key for each name; note what other capitalisation does.",
        needs: &[NewCluster],
        ..must(Error, SETTINGS_OR_SUBMIT, OwnObjects, Never)
    },
    Rule {
        id: "cluster/limit/tag-value-256",
        lines: &[line(912)],
        statement: "A tag whose value is longer than 256 characters is refused; bytes do not \
            count.",
        test: "Try 256 characters of several bytes each, which pass, and 257, which do not.",
        needs: &[NewCluster],
        ..must(Limit, SETTINGS_OR_SUBMIT, OwnObjects, Never)
    },
    Rule {
        id: "cluster/error/env-vars-non-ascii",
        lines: &[line(1289)],
        statement: "An environment variable whose name or value goes beyond ASCII makes the \
            request fail.",
        test: "Try a name, then a value, with characters outside ASCII.",
        needs: &[NewCluster],
        ..must(Error, SETTINGS_OR_SUBMIT, OwnObjects, Never)
    },
    Rule {
        id: "cluster/error/first-on-demand-positive",
        lines: &[line(861)],
        statement: "A cluster with `first_on_demand` of 0 or less cannot be made: the request is \
            refused, or the run fails.",
        test: "Send 0 and accept either outcome, but no success.",
        needs: &[NewCluster],
        ..must(Error, Only(&[Create, RunsSubmit]), Compute, Never)
    },
    Rule {
        id: "cluster/schema/availability-enum",
        lines: &[lines(869, 871)],
        statement: "`availability` takes `ON_DEMAND_AZURE`, `SPOT_AZURE` and \
            `SPOT_WITH_FALLBACK_AZURE` and nothing else.",
        test: "Send each word, then one more, which is refused.",
        needs: &[NewCluster],
        ..must(Schema, SETTINGS_OR_SUBMIT, OwnObjects, Never)
    },
    Rule {
        id: "cluster/schema/spot-bid-default",
        lines: &[line(863)],
        statement: "`spot_bid_max_price` takes -1, which means no limit, as well as fractions.",
        test: "Send -1 and 0.5; both pass.",
        needs: &[NewCluster],
        ..must(Schema, Only(&[Create]), OwnObjects, Never)
    },
    Rule {
        id: "cluster/error/init-script-destination",
        lines: &[lines(950, 956)],
        statement: "An init script without a destination is refused, whatever its storage.",
        test: "Send an empty object for the storage.",
        needs: &[NewCluster],
        ..must(Error, SETTINGS_OR_SUBMIT, OwnObjects, Never)
    },
    Rule {
        id: "cluster/error/log-conf-destination",
        lines: &[line(888)],
        statement: "A log configuration without a destination is refused.",
        test: "Send an empty object for its `dbfs`.",
        needs: &[NewCluster],
        ..must(Error, SETTINGS_OR_SUBMIT, OwnObjects, Never)
    },
    Rule {
        id: "cluster/schema/spark-conf-scalar-values",
        lines: &[line(1105)],
        statement: "`spark_conf` accepts booleans and numbers as values, as the documented example \
            has them.",
        test: "Send that example; it may read back as text.",
        needs: &[NewCluster],
        ..must(Schema, SETTINGS_OR_SUBMIT, OwnObjects, Never)
    },
    Rule {
        id: "cluster/schema/init-scripts-order",
        lines: &[line(1115)],
        statement: "Init scripts should read back in the order in which they were sent.",
        test: "Create a job with several scripts and compare the order.",
        needs: &[NewCluster],
        ..should(Schema, Only(&[Create, Get]), OwnObjects, Always)
    },
    Rule {
        id: "cluster/consistency/driver-node-default",
        lines: &[line(1108)],
        statement: "The driver's node type should be that of the workers unless something else was \
            asked for.",
        test: "Leave it out; if a get shows one, compare it with `node_type_id`.",
        needs: &[NewCluster],
        ..should(Consistency, Only(&[Create, Get]), OwnObjects, Always)
    },
    Rule {
        id: "cluster/error/unknown-existing-cluster",
        lines: &[line(67)],
        statement: "A job on a cluster that does not exist has been seen to be refused by the real \
            service, and also to be accepted with its run ending in INTERNAL_ERROR.",
        test: "Name a made-up cluster and note whether the request or the run fails.",
        sources: &["polar-rams/databricks-sdk-golang#6"],
        ..observed(Error, Only(&[Create, RunsSubmit]), OwnObjects, Never)
    },
    Rule {
        id: "library/schema/one-of",
        lines: &[lines(1066, 1068)],
        statement: "An entry of `libraries` should be of one type and no more: JAR, egg, wheel, \
            PyPI, Maven or CRAN.",
        test: "Send an entry without a type, and one with two types.",
        needs: &[Cluster],
        ..should(Schema, Only(&[Create, RunsSubmit]), OwnObjects, Never)
    },
    Rule {
        id: "library/schema/pypi-package-required",
        lines: &[line(1166)],
        statement: "A PyPI library without `package` is refused.",
        test: "Send an empty `pypi` object.",
        needs: &[Cluster],
        ..must(Schema, SETTINGS_OR_SUBMIT, OwnObjects, Never)
    },
    Rule {
        id: "library/schema/maven-coordinates-required",
        lines: &[line(1087)],
        statement: "A Maven library without `coordinates` is refused.",
        test: "Send an empty `maven` object.",
        needs: &[Cluster],
        ..must(Schema, SETTINGS_OR_SUBMIT, OwnObjects, Never)
    },
    Rule {
        id: "library/schema/cran-package-required",
        lines: &[line(1171)],
        statement: "A CRAN library without `package` is refused.",
        test: "Send an empty `cran` object.",
        needs: &[Cluster],
        ..must(Schema, SETTINGS_OR_SUBMIT, OwnObjects, Never)
    },
    Rule {
        id: "library/schema/uri-schemes",
        lines: &[lines(1068, 1075)],
        statement: "JAR, egg and wheel libraries are accepted with `dbfs:` and with `abfss:` \
            addresses, which read back as sent.",
        test: "Create a job with one library for each type and scheme.",
        needs: &[Cluster],
        ..must(Schema, Only(&[Create]), OwnObjects, Never)
    },
    Rule {
        id: "library/schema/documented-variants",
        lines: &[lines(1078, 1089)],
        statement: "PyPI libraries with a version or a repository and Maven libraries with a \
            repository or exclusions are accepted.",
        test: "Send each example that the document gives.",
        needs: &[Cluster],
        ..must(Schema, Only(&[Create]), OwnObjects, Never)
    },
    Rule {
        id: "cluster/error/log-conf-one-destination",
        lines: &[line(1114)],
        statement: "A cluster with more than one destination for its logs should be refused.",
        test: "Send a log configuration of two storage types.",
        needs: &[NewCluster],
        ..should(Error, Only(&[Create]), OwnObjects, Never)
    },
    Rule {
        id: "cluster/error/tags-on-legacy-node",
        lines: &[line(1112)],
        statement: "Custom tags on a legacy node type are refused.",
        test: "Send one tag with a legacy node type from the profile.",
        needs: &[NewCluster, LegacyNodeType],
        ..must(Error, Only(&[Create, RunsSubmit]), OwnObjects, Never)
    },
];
