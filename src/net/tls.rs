//! TLS as the deck speaks it: whom it trusts, what it shows, what it reads from PEM files.

use std::{fs, path::Path, sync::Arc};

use rustls::{
    ClientConfig, ServerConfig,
    crypto::CryptoProvider,
    pki_types::{CertificateDer, PrivateKeyDer, pem, pem::PemObject},
};

use super::upstream::ClientCertificate;
use crate::error::{Error, Kind, Result};

/// The versions of HTTP by the names under which they are agreed on (RFC 7301 §6).
pub(super) const HTTP_1: &[u8] = b"http/1.1";
pub(super) const HTTP_2: &[u8] = b"h2";

/// How to connect to an upstream. `ca` is a PEM file whose certificates are trusted beside those of the
/// platform.
pub(super) fn client(
    ca: Option<&Path>,
    certificate: Option<&ClientCertificate>,
) -> Result<ClientConfig> {
    let failed =
        |cause: rustls::Error| Error::new(Kind::Environment, "failed to set up TLS").because(cause);
    let provider = provider();
    let roots = ca.map(certificates).transpose()?.unwrap_or_default();
    let verifier =
        rustls_platform_verifier::Verifier::new_with_extra_roots(roots, Arc::clone(&provider))
            .map_err(failed)?;
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(failed)?
        // The name tells of verifiers that check nothing; this one is the platform's own.
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier));
    match certificate {
        None => Ok(builder.with_no_client_auth()),
        Some(ClientCertificate { certificates: chain, key }) => builder
            .with_client_auth_cert(certificates(chain)?, self::key(key)?)
            .map_err(|cause| unfit(chain, key, cause)),
    }
}

/// How to take connections with this certificate, its issuers behind it.
pub(super) fn server(
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
) -> Result<ServerConfig, rustls::Error> {
    let mut config = ServerConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    config.alpn_protocols = [HTTP_2, HTTP_1].map(<[u8]>::to_vec).into();
    Ok(config)
}

/// The certificates of a PEM file; there is at least one.
pub(super) fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>> {
    let failed = || {
        let doing = format!("failed to read the certificates of `{}`", path.display());
        Error::new(Kind::Environment, doing).hint("it has to be a PEM file of certificates")
    };
    let text = fs::read(path).map_err(|cause| failed().because(cause))?;
    let found: Vec<_> = CertificateDer::pem_slice_iter(&text)
        .collect::<Result<_, _>>()
        .map_err(|cause| failed().because(cause.to_string()))?;
    if found.is_empty() { Err(failed().because("it holds none")) } else { Ok(found) }
}

/// The key of a PEM file.
pub(super) fn key(path: &Path) -> Result<PrivateKeyDer<'static>> {
    let failed = || {
        let doing = format!("failed to read the key of `{}`", path.display());
        Error::new(Kind::Environment, doing)
            .hint("it has to be a PEM file of a key without a password")
    };
    let text = fs::read(path).map_err(|cause| failed().because(cause))?;
    PrivateKeyDer::from_pem_slice(&text).map_err(|cause| match cause {
        pem::Error::NoItemsFound => failed().because("it holds none"),
        cause => failed().because(cause.to_string()),
    })
}

/// The error of a key that is not that of its certificate.
pub(super) fn unfit(chain: &Path, key: &Path, cause: rustls::Error) -> Error {
    let doing = format!("failed to use `{}` with `{}`", chain.display(), key.display());
    Error::new(Kind::Environment, doing)
        .because(cause)
        .hint("the first certificate of the file has to be that of the key")
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check<T: std::fmt::Debug>(text: &str, read: impl Fn(&Path) -> Result<T>, expected: &str) {
        let folder = tempfile::tempdir().expect("a directory");
        let path = folder.path().join("file.pem");
        fs::write(&path, text).expect("a file");
        let error = read(&path).expect_err("nothing to be found");
        assert_eq!(error.kind(), Kind::Environment);
        assert!(error.to_string().ends_with(expected), "{error}");
        let missing = read(&folder.path().join("missing.pem")).expect_err("no file");
        assert!(missing.to_string().contains("missing.pem"), "{missing}");
    }

    #[test]
    fn a_file_without_what_is_looked_for_is_an_error() {
        check("nothing", certificates, "it holds none");
        check("nothing", key, "it holds none");
    }
}
