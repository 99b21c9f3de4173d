//! What a listener shows to clients that connect by TLS.

use std::{fmt, path::Path, sync::Arc};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose,
};
use rustls::{ServerConfig, pki_types::PrivateKeyDer};
use tokio_rustls::TlsAcceptor;

use super::{guard::DECK_NAME, tls};
use crate::error::{Error, Kind, Result};

/// A certificate with its key, of the user's or made for one run.
#[derive(Clone)]
pub struct Certificate {
    config: Arc<ServerConfig>,
    authority: Option<String>,
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // It holds a key.
        f.write_str("Certificate { .. }")
    }
}

impl Certificate {
    /// A certificate for this machine and these names and addresses beside. The authority that signs it
    /// signs nothing else: its key is forgotten at once, and neither key is ever written.
    pub fn made_for(names: &[String]) -> Result<Self> {
        let failed = |cause: rcgen::Error| {
            Error::new(Kind::Usage, "failed to make a certificate")
                .because(cause)
                .hint("it bears what --host-alias names; look for one that is no host name")
        };
        let mut authority = CertificateParams::default();
        authority.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        authority.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        authority.distinguished_name.push(DnType::CommonName, "jobdeck, for one run");
        let key = KeyPair::generate().map_err(failed)?;
        let authority = CertifiedIssuer::self_signed(authority, key).map_err(failed)?;

        let own = ["localhost", "127.0.0.1", "::1", DECK_NAME].map(str::to_owned);
        let mut leaf = CertificateParams::new([&own, names].concat()).map_err(failed)?;
        leaf.use_authority_key_identifier_extension = true;
        leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        leaf.distinguished_name.push(DnType::CommonName, "jobdeck");
        let key = KeyPair::generate().map_err(failed)?;
        let leaf = leaf.signed_by(&key, &authority).map_err(failed)?;

        let key = PrivateKeyDer::Pkcs8(key.serialize_der().into());
        let config = tls::server(vec![leaf.der().clone()], key).map_err(|cause| {
            Error::new(Kind::Environment, "failed to set up TLS").because(cause)
        })?;
        Ok(Self { config: Arc::new(config), authority: Some(authority.pem()) })
    }

    /// The certificates of a PEM file, the listener's own first, with the key of another.
    pub fn read(certificates: &Path, key: &Path) -> Result<Self> {
        let config = tls::server(tls::certificates(certificates)?, tls::key(key)?)
            .map_err(|cause| tls::unfit(certificates, key, cause))?;
        Ok(Self { config: Arc::new(config), authority: None })
    }

    /// The certificate that clients have to trust, as PEM, if it was made for this run.
    pub fn authority(&self) -> Option<&str> {
        self.authority.as_deref()
    }

    /// What takes connections with it, and offers HTTP/2 or not.
    pub(super) fn acceptor(&self, with_http2: bool) -> TlsAcceptor {
        let mut config = Arc::clone(&self.config);
        if !with_http2 {
            Arc::make_mut(&mut config).alpn_protocols = vec![tls::HTTP_1.to_vec()];
        }
        TlsAcceptor::from(config)
    }
}
