//! TLS by rustls, with the certificate of the configuration.

use std::path::Path;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;

use crate::config::Smpp;

/// The acceptor of TLS connections; `None` where the configuration has no certificate.
///
/// # Errors
/// Fails when a file cannot be read, or the key does not belong to the certificate.
pub(crate) fn acceptor(config: &Smpp) -> Result<Option<TlsAcceptor>, String> {
    let (Some(certificate), Some(key)) = (&config.certificate, &config.key) else {
        return Ok(None);
    };
    let failed = |path: &Path, error: &dyn std::fmt::Display| {
        format!("the file {} cannot be used for TLS, {error}: correct smpp", path.display())
    };
    let chain: Result<Vec<_>, _> =
        CertificateDer::pem_file_iter(certificate).and_then(Iterator::collect);
    let chain = chain.map_err(|error| failed(certificate, &error))?;
    let private = PrivateKeyDer::from_pem_file(key).map_err(|error| failed(key, &error))?;
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(chain, private)
        .map_err(|error| failed(certificate, &error))?;
    Ok(Some(TlsAcceptor::from(Arc::new(config))))
}
