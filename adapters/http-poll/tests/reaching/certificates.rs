//! Certificates made for a test.

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose, date_time_ymd,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

/// When a certificate holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Validity {
    Now,
    Past,
    Future,
}

/// A server's certificate with its key.
pub(crate) type Server = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

/// An authority that signs certificates.
pub(crate) struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
        let key = KeyPair::generate().unwrap();
        params.distinguished_name.push(DnType::CommonName, format!("CA {:?}", key.public_key_raw().last()));
        Self(CertifiedIssuer::self_signed(params, key).unwrap())
    }

    pub(crate) fn pem(&self) -> String {
        self.0.pem()
    }

    pub(crate) fn der(&self) -> CertificateDer<'static> {
        self.0.der().clone()
    }

    /// A server's certificate for a name; none for the empty name.
    pub(crate) fn server(&self, name: &str, validity: Validity) -> Server {
        let names: Vec<String> = Some(name.to_owned()).filter(|name| !name.is_empty()).into_iter().collect();
        let (certificate, key) =
            self.sign(CertificateParams::new(names).unwrap(), validity, ExtendedKeyUsagePurpose::ServerAuth);
        (vec![certificate.der().clone()], PrivatePkcs8KeyDer::from(key.serialize_der()).into())
    }

    /// The authority's own certificate as a server's.
    pub(crate) fn itself(&self, _name: &str) -> Server {
        (vec![self.der()], PrivatePkcs8KeyDer::from(self.0.key().serialize_der()).into())
    }

    /// A client's certificate and key.
    pub(crate) fn client(&self, validity: Validity) -> (String, String) {
        let params = CertificateParams::new(Vec::<String>::new()).unwrap();
        let (certificate, key) = self.sign(params, validity, ExtendedKeyUsagePurpose::ClientAuth);
        (certificate.pem(), key.serialize_pem())
    }

    fn sign(
        &self,
        mut params: CertificateParams,
        validity: Validity,
        purpose: ExtendedKeyUsagePurpose,
    ) -> (rcgen::Certificate, KeyPair) {
        (params.not_before, params.not_after) = match validity {
            Validity::Now => (date_time_ymd(2020, 1, 1), date_time_ymd(2090, 1, 1)),
            Validity::Past => (date_time_ymd(2020, 1, 1), date_time_ymd(2020, 1, 2)),
            Validity::Future => (date_time_ymd(2090, 1, 1), date_time_ymd(2095, 1, 1)),
        };
        params.extended_key_usages = vec![purpose];
        params.distinguished_name.push(DnType::CommonName, "localhost");
        let key = KeyPair::generate().unwrap();
        (params.signed_by(&key, &self.0).unwrap(), key)
    }
}
