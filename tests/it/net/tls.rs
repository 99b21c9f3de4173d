//! An upstream under TLS.

use std::{fs, net::SocketAddr, sync::Arc, thread};

use jobdeck::{exchange::Outcome, net::ProxyOptions};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::wire::Deck;

#[test]
fn placeholder() {}
