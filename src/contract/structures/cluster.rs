//! Clusters: what a run is to be executed on.

use super::*;

/// A cluster to make for a run.
pub static NEW_CLUSTER: Table = structure(
    "NewCluster",
    "NewCluster",
    1094,
    "A cluster that is made for each run.",
    &[
        field("num_workers", Int32, 1095, "How many workers it has, beside the driver.")
            .limits(NOT_NEGATIVE),
        field("autoscale", Structure(&AUTO_SCALE), 1099, "Between how many workers it scales."),
        field("spark_version", String, 1100, "Its Spark version.")
            .required("cluster/schema/spark-version-required")
            .examples(&["7.3.x-scala2.12"]),
        field("spark_conf", Map(&SPARK_CONF_PAIR), 1101, "Spark configuration.")
            .typed("cluster/schema/spark-conf-scalar-values")
            .secret(Secret::ValuesByKey),
        field("node_type_id", String, 1107, "The type of its nodes.").examples(&["Standard_D3_v2"]),
        field(
            "driver_node_type_id",
            String,
            1108,
            "The type of its driver, if another than `node_type_id`.",
        )
        .examples(&["Standard_D3_v2"]),
        field("custom_tags", Map(&CLUSTER_TAG), 1109, "Tags of its resources.")
            .limits(&[limit("cluster/limit/tags-45", EntriesMax(45))]),
        field(
            "cluster_log_conf",
            Structure(&CLUSTER_LOG_CONF),
            1114,
            "Where its logs are delivered every five minutes.",
        ),
        field(
            "init_scripts",
            List(&Structure(&INIT_SCRIPT_INFO)),
            1115,
            "Scripts that run at its start, in this order.",
        )
        .typed("cluster/schema/init-scripts-order"),
        field("spark_env_vars", Map(&SPARK_ENV_PAIR), 1116, "Environment variables of Spark.")
            .limits(&[limit("cluster/error/env-vars-non-ascii", Ascii)])
            .secret(Secret::ValuesByKey),
        field(
            "enable_elastic_disk",
            Boolean,
            1124,
            "Whether it takes more disk space when it runs low.",
        ),
        field(
            "driver_instance_pool_id",
            String,
            1125,
            "The pool of its driver, if another than `instance_pool_id`.",
        ),
        field("instance_pool_id", String, 1126, "The pool that its nodes come from."),
        // The document has the structure, and lost the row that uses it.
        field("azure_attributes", Structure(&AZURE_ATTRIBUTES), 858, "What is special to Azure."),
        field("aws_attributes", Structure(&AWS_ATTRIBUTES), 0, "What is special to AWS."),
        field("cluster_name", String, 0, "Its name."),
        field("ssh_public_keys", STRINGS, 0, "Keys that may log in, ten at most."),
        field("autotermination_minutes", Int32, 0, "After how long without work it ends."),
        field("docker_image", Structure(&DOCKER_IMAGE), 0, "The image of its nodes."),
        field("enable_local_disk_encryption", Boolean, 0, "Whether its disks are encrypted."),
        field("policy_id", String, 0, "The policy that it keeps."),
        field(
            "apply_policy_default_values",
            Boolean,
            0,
            "Whether the policy fills what is absent.",
        ),
    ],
)
.constraints(&[
    holds("cluster/error/size-missing", AtLeastOne(&["num_workers", "autoscale"])),
    holds("cluster/error/size-both", AtMostOne(&["num_workers", "autoscale"])),
    holds(
        "cluster/schema/node-type-or-pool",
        AtLeastOne(&["node_type_id", "instance_pool_id", "policy_id"]),
    ),
    holds(
        "cluster/error/driver-pool-needs-pool",
        Needs("driver_instance_pool_id", "instance_pool_id"),
    ),
]);

const NOT_NEGATIVE: &[Limit] = &[limit("cluster/error/negative-workers", Minimum(0))];

/// Bounds of a cluster's size.
pub static AUTO_SCALE: Table = structure(
    "AutoScale",
    "AutoScale",
    853,
    "Between how many workers a cluster scales.",
    &[
        field("min_workers", Int32, 854, "The fewest, and how many it starts with.")
            .limits(NOT_NEGATIVE),
        field("max_workers", Int32, 855, "The most.").limits(NOT_NEGATIVE),
    ],
)
.constraints(&[
    holds("cluster/error/autoscale-equal", Differ("min_workers", "max_workers")),
    holds("cluster/error/autoscale-reversed", NotAbove("min_workers", "max_workers")),
]);

/// Spark configuration. The document calls its values STRING and shows a boolean and a number.
pub static SPARK_CONF_PAIR: MapShape =
    MapShape { name: "SparkConfPair", line: 1282, scalars: true, keys: &[], values: &[] };

/// Environment variables.
pub static SPARK_ENV_PAIR: MapShape =
    MapShape { name: "SparkEnvPair", line: 1292, scalars: false, keys: &[], values: &[] };

/// Tags.
pub static CLUSTER_TAG: MapShape = MapShape {
    name: "ClusterTag",
    line: 907,
    scalars: false,
    keys: &[
        limit("cluster/limit/tag-key-length", CharsMin(1)),
        limit("cluster/limit/tag-key-length", CharsMax(512)),
        limit("cluster/error/tag-key-chars", HasNone("<>%*&+?\\/")),
        limit("cluster/error/tag-key-prefix", StartsWithNone(&["azure", "microsoft", "windows"])),
    ],
    values: &[limit("cluster/limit/tag-value-256", CharsMax(256))],
};

/// What is special to Azure.
pub static AZURE_ATTRIBUTES: Table = structure(
    "AzureAttributes",
    "AzureAttributes",
    860,
    "What is special to a cluster on Azure.",
    &[
        field("first_on_demand", Int32, 861, "How many of its first nodes are on demand.")
            .limits(&[limit("cluster/error/first-on-demand-positive", Minimum(1))]),
        field(
            "availability",
            Choice(&AZURE_AVAILABILITY),
            862,
            "How the nodes after those come about.",
        ),
        field(
            "spot_bid_max_price",
            Double,
            863,
            "The price beyond which a spot instance is given up; -1 for none.",
        )
        .typed("cluster/schema/spot-bid-default")
        .default(DefaultValue::Integer(-1)),
    ],
);

/// How nodes on Azure come about.
pub static AZURE_AVAILABILITY: Choice = Choice {
    name: "AzureAvailability",
    words: &["SPOT_AZURE", "ON_DEMAND_AZURE", "SPOT_WITH_FALLBACK_AZURE"],
    rule: "cluster/schema/availability-enum",
};

/// What is special to AWS.
pub static AWS_ATTRIBUTES: Table = structure(
    "AwsAttributes",
    "NewCluster",
    0,
    "What is special to a cluster on AWS.",
    &[
        field("first_on_demand", Int32, 0, "How many of its first nodes are on demand."),
        field("availability", String, 0, "How the nodes after those come about."),
        field("zone_id", String, 0, "The zone of its nodes."),
        field("spot_bid_price_percent", Int32, 0, "The highest bid for a spot instance."),
        field("ebs_volume_count", Int32, 0, "How many volumes each node has."),
    ],
);

/// The image of a cluster's nodes.
pub static DOCKER_IMAGE: Table = structure(
    "DockerImage",
    "NewCluster",
    0,
    "The image of a cluster's nodes.",
    &[
        field("url", String, 0, "Where the image is."),
        field("basic_auth", Structure(&DOCKER_BASIC_AUTH), 0, "Who may fetch it.")
            .secret(Secret::All),
    ],
);

/// Who may fetch an image.
pub static DOCKER_BASIC_AUTH: Table = structure(
    "DockerBasicAuth",
    "NewCluster",
    0,
    "The credentials for an image.",
    &[field("username", String, 0, "The user."), field("password", String, 0, "Its password.")],
);

/// Where logs are delivered.
pub static CLUSTER_LOG_CONF: Table = structure(
    "ClusterLogConf",
    "ClusterLogConf",
    887,
    "Where the logs of a cluster are delivered.",
    &[
        field("dbfs", Structure(&DBFS_STORAGE_INFO), 888, "A place in DBFS."),
        field("s3", Structure(&S3_STORAGE_INFO), 0, "A place in S3, on AWS."),
    ],
)
.constraints(&[
    holds("cluster/error/log-conf-one-destination", AtMostOne(&["dbfs", "s3"])),
    holds("cluster/error/log-conf-destination", Needs("dbfs", "dbfs/destination")),
]);

/// An init script.
pub static INIT_SCRIPT_INFO: Table = structure(
    "InitScriptInfo",
    "InitScriptInfo",
    943,
    "Where an init script is.",
    &[
        field("workspace", Structure(&WORKSPACE_STORAGE_INFO), 950, "In the workspace."),
        field("dbfs", Structure(&DBFS_STORAGE_INFO), 953, "In DBFS; deprecated."),
        field("abfss", Structure(&ADLS_STORAGE_INFO), 956, "In Azure Data Lake Storage."),
        field("file", Structure(&FILE_STORAGE_INFO), 941, "In a container's file system."),
    ],
)
.constraints(&[
    holds("cluster/error/init-script-destination", Needs("workspace", "workspace/destination")),
    holds("cluster/error/init-script-destination", Needs("dbfs", "dbfs/destination")),
    holds("cluster/error/init-script-destination", Needs("abfss", "abfss/destination")),
    holds("cluster/error/init-script-destination", Needs("file", "file/destination")),
]);

// The document demands a destination where a place is used, and not in the tables of the places.

/// A place in Azure Data Lake Storage.
pub static ADLS_STORAGE_INFO: Table = structure(
    "ADLSStorageInfo",
    "ADLSStorageInfo",
    847,
    "A place in Azure Data Lake Storage.",
    &[field("destination", String, 848, "Its URI.")
        .examples(&["abfss://container@account.dfs.core.windows.net/init.sh"])],
);

/// A place in DBFS.
pub static DBFS_STORAGE_INFO: Table = structure(
    "DbfsStorageInfo",
    "DbfsStorageInfo",
    923,
    "A place in DBFS.",
    &[field("destination", String, 924, "Its URI.").examples(&["dbfs:/my/path"])],
);

/// A place in the file system of a container.
pub static FILE_STORAGE_INFO: Table = structure(
    "FileStorageInfo",
    "FileStorageInfo",
    932,
    "A place in the file system of a cluster made with Container Services.",
    &[field("destination", String, 933, "Its URI.").examples(&["file:/my/file.sh"])],
);

/// A place in S3.
pub static S3_STORAGE_INFO: Table = structure(
    "S3StorageInfo",
    "ClusterLogConf",
    0,
    "A place in S3.",
    &[field("destination", String, 0, "Its URI.").examples(&["s3://my-bucket/logs"])],
);

/// A place in the workspace.
pub static WORKSPACE_STORAGE_INFO: Table = structure(
    "WorkspaceStorageInfo",
    "WorkspaceStorageInfo",
    1372,
    "A place in the workspace.",
    &[field("destination", String, 1372, "Its path.").examples(&["/Shared/init_script.sh"])],
);
