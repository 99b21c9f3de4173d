//! What a deck shows to clients that connect by TLS, and where they find whom to trust.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
};

use tempfile::NamedTempFile;

use super::{arguments::Listening, print};
use crate::{
    error::{Error, Kind, Result},
    net::Certificate,
};

/// How a deck shows itself. The file that clients are pointed at stays as long as this, unless the user
/// named it.
pub(super) struct Identity {
    /// None if it speaks in clear.
    pub(super) certificate: Option<Certificate>,
    authority: Option<Authority>,
}

enum Authority {
    Named(PathBuf),
    Temporary(NamedTempFile),
}

impl Identity {
    /// As the command line asks for; tells clients' users where the certificate lies that they have to trust.
    pub(super) fn of(listening: &Listening) -> Result<Self> {
        let certificate = match (&listening.tls_cert, &listening.tls_key) {
            (Some(certificates), Some(key)) => Some(Certificate::read(certificates, key)?),
            _ if listening.tls => Some(Certificate::made_for(&names(listening))?),
            _ => None,
        };
        let made = certificate.as_ref().and_then(Certificate::authority);
        let authority =
            made.map(|pem| Authority::write(listening.tls_ca.as_deref(), pem)).transpose()?;
        let identity = Self { certificate, authority };
        if let Some(path) = identity.authority() {
            print::note(format_args!("jobdeck: clients have to trust {}", path.display()));
        }
        Ok(identity)
    }

    /// The file of the certificate that clients have to trust, if it was made for this run.
    pub(super) fn authority(&self) -> Option<&Path> {
        self.authority.as_ref().map(|authority| match authority {
            Authority::Named(path) => path,
            Authority::Temporary(file) => file.path(),
        })
    }
}

impl Authority {
    fn write(path: Option<&Path>, pem: &str) -> Result<Self> {
        let failed = |place: &Path| {
            Error::new(Kind::Environment, format!("failed to write `{}`", place.display()))
        };
        if let Some(path) = path {
            fs::write(path, pem).map_err(|cause| failed(path).because(cause))?;
            return Ok(Self::Named(path.to_owned()));
        }
        let place = std::env::temp_dir();
        tempfile::Builder::new()
            .prefix("jobdeck-")
            .suffix(".pem")
            .tempfile()
            .and_then(|mut file| file.write_all(pem.as_bytes()).map(|()| Self::Temporary(file)))
            .map_err(|cause| {
                failed(&place).because(cause).hint("name a file of your own with --tls-ca")
            })
    }
}

/// What the certificate bears beside the names of this machine.
fn names(listening: &Listening) -> Vec<String> {
    let address = listening.listen.map(|address| address.ip()).filter(|ip| !ip.is_unspecified());
    let address = address.map(|ip| ip.to_string());
    listening.host_alias.iter().cloned().chain(address).collect()
}
