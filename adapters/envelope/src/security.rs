//! `[settings.security]`: a UsernameToken of WS-Security (OASIS, UsernameToken Profile 1.1), its password as text or as digest.

use serde::Deserialize;
use toml::Spanned;

use huiliu_adapter_api::{Opening, Problems, SpannedText};

const EXTENSION: &str = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd";
const UTILITY: &str = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd";
const PROFILE: &str = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0";
const BASE64: &str = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#Base64Binary";

/// How the password is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Password {
    /// As it is; for `https://`.
    #[default]
    Text,
    /// As SHA-1 of nonce, time and password.
    Digest,
}

/// Who calls.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecuritySettings {
    /// Name of the secret that holds the user.
    user: SpannedText,
    /// Name of the secret that holds the password.
    password: SpannedText,
    /// `text` (default) or `digest`.
    #[serde(default)]
    kind: Password,
}

impl SecuritySettings {
    /// The header as a template of a call.
    pub(crate) fn template(&self, opening: &Opening<'_>, problems: &mut Problems) -> SpannedText {
        for name in [&self.user, &self.password] {
            opening.secrets.named(name, problems);
        }
        let secret = |name: &SpannedText| format!("secrets['{}']", name.get_ref().replace(['\'', '\\', '{', '}'], ""));
        let (user, password) = (secret(&self.user), secret(&self.password));
        let rest = match self.kind {
            Password::Text => {
                format!("<wsse:Password Type=\"{PROFILE}#PasswordText\">{{{{ {password} }}}}</wsse:Password>")
            }
            Password::Digest => format!(
                "<wsse:Password Type=\"{PROFILE}#PasswordDigest\">{{{{ (nonce ~ now ~ {password}) | sha1('base64') }}}}</wsse:Password>\
                 <wsse:Nonce EncodingType=\"{BASE64}\">{{{{ nonce | base64 }}}}</wsse:Nonce><wsu:Created>{{{{ now }}}}</wsu:Created>"
            ),
        };
        let text = format!(
            "<wsse:Security xmlns:wsse=\"{EXTENSION}\" xmlns:wsu=\"{UTILITY}\"><wsse:UsernameToken>\
             <wsse:Username>{{{{ {user} }}}}</wsse:Username>{rest}</wsse:UsernameToken></wsse:Security>"
        );
        Spanned::new(self.user.span(), text)
    }
}
