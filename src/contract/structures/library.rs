//! Libraries to install on a cluster.

use super::*;

/// A library, of one kind.
pub static LIBRARY: Table = structure(
    "Library",
    "Library",
    1065,
    "A library to install on a cluster.",
    &[
        field("jar", String, 1068, "The URI of a JAR.").examples(&[
            "dbfs:/mnt/databricks/library.jar",
            "abfss://container@account.dfs.core.windows.net/library.jar",
        ]),
        field("egg", String, 1071, "The URI of an egg.")
            .examples(&["dbfs:/my/egg", "abfss://container@account.dfs.core.windows.net/egg"]),
        field("whl", String, 1074, "The URI of a wheel, or of zipped wheels (`.wheelhouse.zip`).")
            .examples(&["dbfs:/my/whl", "abfss://container@account.dfs.core.windows.net/whl"]),
        field("pypi", Structure(&PYTHON_PYPI_LIBRARY), 1077, "A package of PyPI."),
        field("maven", Structure(&MAVEN_LIBRARY), 1080, "A package of Maven."),
        field("cran", Structure(&R_CRAN_LIBRARY), 1083, "A package of CRAN."),
    ],
)
.constraints(&[
    holds("library/schema/one-of", AtLeastOne(KINDS)),
    holds("library/schema/one-of", AtMostOne(KINDS)),
]);

const KINDS: &[&str] = &["jar", "egg", "whl", "pypi", "maven", "cran"];

/// A package of Maven.
pub static MAVEN_LIBRARY: Table = structure(
    "MavenLibrary",
    "MavenLibrary",
    1086,
    "A package of Maven.",
    &[
        field("coordinates", String, 1087, "Which package, written as Gradle does.")
            .required("library/schema/maven-coordinates-required")
            .examples(&["org.jsoup:jsoup:1.7.2"]),
        field("repo", String, 1088, "Where to look instead of Maven Central and Spark Packages.")
            .examples(&["https://repo.example.com/maven2"]),
        field("exclusions", STRINGS, 1089, "Dependencies to leave out.")
            .examples(&["slf4j:slf4j", "*:hadoop-client"]),
    ],
);

/// A package of PyPI.
pub static PYTHON_PYPI_LIBRARY: Table = structure(
    "PythonPyPiLibrary",
    "PythonPyPiLibrary",
    1165,
    "A package of PyPI.",
    &[
        field("package", String, 1166, "Its name, with an exact version if one is wanted.")
            .required("library/schema/pypi-package-required")
            .examples(&["simplejson", "simplejson==3.8.0"]),
        field("repo", String, 1167, "Where to look instead of pip's default index.")
            .examples(&["https://pypi.example.com/simple"]),
    ],
);

/// A package of CRAN.
pub static R_CRAN_LIBRARY: Table = structure(
    "RCranLibrary",
    "RCranLibrary",
    1170,
    "A package of CRAN.",
    &[
        field("package", String, 1171, "Its name.")
            .required("library/schema/cran-package-required")
            .examples(&["ggplot2"]),
        field("repo", String, 1172, "Where to look instead of the default repository.")
            .examples(&["https://cran.example.com"]),
    ],
);
