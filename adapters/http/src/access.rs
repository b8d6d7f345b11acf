//! How a channel's source is reached and entered: client, login, and what the templates of its calls may use.

use std::sync::Arc;

use huiliu_adapter_api::{Opening, Problems};
use huiliu_expression::{Shape, Variables};

use crate::login::Login;
use crate::{HttpClient, LoginSettings, OAuth2Settings, ProxySettings, TlsSettings};

/// What a channel file says of the way to its source.
#[derive(Debug, Clone, Copy, Default)]
pub struct AccessSettings<'s> {
    /// Certificates.
    pub tls: Option<&'s TlsSettings>,
    /// The proxy.
    pub proxy: Option<&'s ProxySettings>,
    /// The login.
    pub login: Option<&'s LoginSettings>,
    /// The login by OAuth 2.0.
    pub oauth2: Option<&'s OAuth2Settings>,
}

/// The way to a channel's source. Cheap to clone.
#[derive(Clone)]
pub struct Access {
    pub(crate) client: HttpClient,
    pub(crate) login: Option<Arc<Login>>,
}

impl std::fmt::Debug for Access {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Access").field("client", &self.client).field("login", &self.login.is_some()).finish()
    }
}

impl Access {
    /// Compiles the way to the source of the channel that is opened, by `usual` where nothing is said of how it is reached.
    pub fn compile(
        usual: &HttpClient,
        read: AccessSettings<'_>,
        opening: &Opening<'_>,
        problems: &mut Problems,
    ) -> Self {
        let client = usual.reaching(read.tls, read.proxy, opening, problems);
        let login = Login::compile(read.login, read.oauth2, &client.logins, opening, problems).map(Arc::new);
        Self { client, login }
    }

    /// The variables that templates of the channel's calls see, `session` among them where there is a login.
    #[must_use]
    pub fn variables(&self, opening: &Opening<'_>) -> Variables {
        let session = self.login.as_ref().map_or_else(|| Shape::of_singles([]), |login| login.shape().clone());
        opening.variables().with("session", session)
    }
}
