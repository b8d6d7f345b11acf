//! The city's own identity provider (OpenID Connect Core 1.0, by authorization code with PKCE): where somebody is sent, and who it says
//! came back. It knows no people, no store and no clock; of codes and tokens it tells nobody.

mod failure;

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use huiliu_adapter_http::HttpClient;
use jiff::{SignedDuration, Timestamp};
use openidconnect::core::{
    CoreAuthenticationFlow, CoreClient, CoreClientAuthMethod, CoreGenderClaim, CoreIdToken, CoreIdTokenVerifier,
    CoreJwsSigningAlgorithm as Algorithm, CoreProviderMetadata,
};
use openidconnect::{
    AccessToken, AuthType, AuthorizationCode, ClientId, ClientSecret, CsrfToken, EndpointMaybeSet, EndpointNotSet,
    EndpointSet, HttpRequest, HttpResponse, IssuerUrl, Nonce, OAuth2TokenResponse as _, PkceCodeChallenge,
    PkceCodeVerifier, RedirectUrl, Scope, TokenResponse as _, UserInfoClaims,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tokio::sync::Mutex;

pub use failure::ProviderFailure;
use failure::{Unanswered, of_claims, of_discovery, of_exchange, of_user_info};

/// Longest wait for an answer of the provider.
const ANSWER_TIMEOUT: std::time::Duration = std::time::Duration::from_secs(10);
/// Largest answer of the provider, in bytes.
const MAX_ANSWER_BYTES: usize = 256 << 10;
/// How long it is believed what the provider says of itself. A key that is not among its keys is asked for at once.
const BELIEVED: SignedDuration = SignedDuration::from_mins(10);
/// How far before the gateway's the provider's clock may be.
const SKEW: SignedDuration = SignedDuration::from_secs(60);
/// Signatures that are taken: none with a secret that both know, for the provider's keys are to prove it.
const ALGORITHMS: [Algorithm; 8] = [
    Algorithm::RsaSsaPkcs1V15Sha256,
    Algorithm::RsaSsaPkcs1V15Sha384,
    Algorithm::RsaSsaPkcs1V15Sha512,
    Algorithm::RsaSsaPssSha256,
    Algorithm::RsaSsaPssSha384,
    Algorithm::EcdsaP256Sha256,
    Algorithm::EcdsaP384Sha384,
    Algorithm::EdDsa,
];

/// What the city says of its provider.
#[derive(Clone)]
pub struct ProviderSettings {
    /// Its address, as its tokens name it.
    pub issuer: String,
    /// The name by which it knows this gateway.
    pub client_id: String,
    /// The secret by which it knows this gateway.
    pub client_secret: String,
    /// Where it sends people back to.
    pub redirect_url: String,
    /// What it is asked for beside `openid`.
    pub scopes: Vec<String>,
    /// The claim with the name of the person.
    pub claim: String,
    /// Values of `amr` or `acr` that say that there was a second factor.
    pub second_factors: Vec<String>,
}

impl std::fmt::Debug for ProviderSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ProviderSettings").field("issuer", &self.issuer).finish_non_exhaustive()
    }
}

/// The provider.
#[derive(Debug)]
pub struct Provider {
    settings: ProviderSettings,
    http: HttpClient,
    known: Mutex<Option<Known>>,
}

/// What the provider said of itself, and when.
#[derive(Debug, Clone)]
struct Known {
    at: Timestamp,
    metadata: Arc<CoreProviderMetadata>,
}

/// Somebody who is sent to the provider.
#[derive(Debug)]
pub struct Sent {
    /// Where to.
    pub address: String,
    /// What they bring back unchanged.
    pub state: String,
    /// What their return is held against.
    pub expected: Expected,
}

/// What only the gateway knows of somebody who was sent to the provider.
#[derive(Debug)]
pub struct Expected {
    nonce: Nonce,
    verifier: PkceCodeVerifier,
}

/// Who has come back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proven {
    /// The name in the claim that the city chose.
    pub name: String,
    /// Whether the provider says that there was a second factor.
    pub has_second: bool,
}

/// Every claim, whatever it is.
#[derive(Debug, Clone, Deserialize, Serialize)]
struct Further(Map<String, Value>);

impl openidconnect::AdditionalClaims for Further {}

type Client =
    CoreClient<EndpointSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointMaybeSet, EndpointMaybeSet>;

impl Provider {
    /// One that is asked by this client.
    #[must_use]
    pub fn new(settings: ProviderSettings, http: HttpClient) -> Self {
        Self { settings, http, known: Mutex::default() }
    }

    /// The address that its tokens name.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.settings.issuer
    }

    /// Where somebody is sent who wants to come in.
    ///
    /// # Errors
    /// The provider is away, or not what its settings say.
    pub async fn send(&self, now: Timestamp) -> Result<Sent, ProviderFailure> {
        let client = self.client(&*self.metadata(now).await?)?;
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let flow = CoreAuthenticationFlow::AuthorizationCode;
        let request = client.authorize_url(flow, CsrfToken::new_random, Nonce::new_random);
        let request = request.add_scopes(self.settings.scopes.iter().cloned().map(Scope::new));
        let (address, state, nonce) = request.set_pkce_challenge(challenge).url();
        let expected = Expected { nonce, verifier };
        Ok(Sent { address: address.to_string(), state: state.into_secret(), expected })
    }

    /// Who came back with a code.
    ///
    /// # Errors
    /// The provider is away or refuses the code, or what it says does not hold.
    pub async fn receive(&self, code: String, expected: Expected, now: Timestamp) -> Result<Proven, ProviderFailure> {
        let Expected { nonce, verifier } = expected;
        let metadata = self.metadata(now).await?;
        let client = self.client(&metadata)?;
        let request =
            client.exchange_code(AuthorizationCode::new(code)).map_err(|_unset| ProviderFailure::Unreadable)?;
        let http = self.asker();
        let answer = request.set_pkce_verifier(verifier).request_async(&http).await.map_err(of_exchange)?;
        let token = answer.id_token().ok_or(ProviderFailure::Unreadable)?;
        let subject = match verified(&client, token, &nonce, now) {
            // Its keys may have changed since they were read.
            Err(ProviderFailure::Signature) => {
                let fresh = self.client(&*self.discover(now).await?)?;
                verified(&fresh, token, &nonce, now)?
            }
            other => other?,
        };
        let claims = claims_of(token).ok_or(ProviderFailure::Unreadable)?;
        let has_second = has_second(&claims, &self.settings.second_factors);
        let name = match named(&claims, &self.settings.claim) {
            Some(name) => Some(name),
            None => self.told(&client, answer.access_token().clone(), subject).await?,
        };
        Ok(Proven { name: name.ok_or(ProviderFailure::NoName)?, has_second })
    }

    /// The name, where the provider tells it only to whoever asks for it.
    async fn told(
        &self,
        client: &Client,
        token: AccessToken,
        subject: openidconnect::SubjectIdentifier,
    ) -> Result<Option<String>, ProviderFailure> {
        let Ok(request) = client.user_info(token, Some(subject)) else { return Ok(None) };
        let http = self.asker();
        let claims: UserInfoClaims<Further, CoreGenderClaim> =
            request.request_async(&http).await.map_err(of_user_info)?;
        let claims = serde_json::to_value(claims).map_err(|_unwritten| ProviderFailure::Unreadable)?;
        Ok(claims.as_object().and_then(|claims| named(claims, &self.settings.claim)))
    }

    fn client(&self, metadata: &CoreProviderMetadata) -> Result<Client, ProviderFailure> {
        let ProviderSettings { client_id, client_secret, redirect_url, .. } = &self.settings;
        let redirect = RedirectUrl::new(redirect_url.clone()).map_err(|_unread| ProviderFailure::Unreadable)?;
        let methods = metadata.token_endpoint_auth_methods_supported();
        // The standard's default, unless the provider leaves it out.
        let in_head = methods.is_none_or(|methods| methods.contains(&CoreClientAuthMethod::ClientSecretBasic));
        let secret = Some(ClientSecret::new(client_secret.clone()));
        let client = CoreClient::from_provider_metadata(metadata.clone(), ClientId::new(client_id.clone()), secret);
        let auth = if in_head { AuthType::BasicAuth } else { AuthType::RequestBody };
        Ok(client.set_redirect_uri(redirect).set_auth_type(auth))
    }

    async fn metadata(&self, now: Timestamp) -> Result<Arc<CoreProviderMetadata>, ProviderFailure> {
        let known = self.known.lock().await.clone();
        let is_believed = |known: &Known| {
            let age = now.duration_since(known.at);
            age >= SignedDuration::ZERO && age < BELIEVED
        };
        match known.filter(is_believed) {
            Some(known) => Ok(known.metadata),
            None => self.discover(now).await,
        }
    }

    async fn discover(&self, now: Timestamp) -> Result<Arc<CoreProviderMetadata>, ProviderFailure> {
        let issuer = IssuerUrl::new(self.settings.issuer.clone()).map_err(|_unread| ProviderFailure::Unreadable)?;
        let http = self.asker();
        let metadata = CoreProviderMetadata::discover_async(issuer, &http).await.map_err(of_discovery)?;
        let metadata = Arc::new(metadata);
        *self.known.lock().await = Some(Known { at: now, metadata: Arc::clone(&metadata) });
        Ok(metadata)
    }

    /// Asks with the gateway's own client.
    fn asker(&self) -> impl Fn(HttpRequest) -> Asking + Send + Sync {
        let http = self.http.clone();
        move |request| Box::pin(ask(http.clone(), request))
    }
}

type Asking = std::pin::Pin<Box<dyn Future<Output = Result<HttpResponse, Unanswered>> + Send>>;

async fn ask(http: HttpClient, request: HttpRequest) -> Result<HttpResponse, Unanswered> {
    let answer = http.send_within(request.map(Bytes::from), ANSWER_TIMEOUT, MAX_ANSWER_BYTES).await;
    let answer = answer.map_err(|error| Unanswered(error.to_string()))?;
    let mut response = HttpResponse::new(answer.body.to_vec());
    *response.status_mut() = answer.status;
    *response.headers_mut() = answer.headers;
    Ok(response)
}

/// Whose token it is, where its signature, issuer, audience, time and nonce are right.
fn verified(
    client: &Client,
    token: &CoreIdToken,
    nonce: &Nonce,
    now: Timestamp,
) -> Result<openidconnect::SubjectIdentifier, ProviderFailure> {
    let verifier: CoreIdTokenVerifier<'_> = client.id_token_verifier();
    let verifier = verifier.set_allowed_algs(ALGORITHMS);
    let claims = token.claims(&verifier, nonce).map_err(|error| of_claims(&error))?;
    match claims.issue_time().timestamp() > (now + SKEW).as_second() {
        true => Err(ProviderFailure::Clock),
        false => Ok(claims.subject().clone()),
    }
}

/// All claims of a token that was verified.
fn claims_of(token: &CoreIdToken) -> Option<Map<String, Value>> {
    let written = token.to_string();
    let bytes = URL_SAFE_NO_PAD.decode(written.split('.').nth(1)?).ok()?;
    serde_json::from_slice(&bytes).ok()
}

/// The name that a claim gives; an address of mail and a telephone number only where the provider has made sure of it (OpenID Connect Core
/// 1.0, 5.1): whoever could set another's as their own would come in as them.
fn named(claims: &Map<String, Value>, claim: &str) -> Option<String> {
    let is_sure = match claim {
        "email" => claims.get("email_verified") == Some(&Value::Bool(true)),
        "phone_number" => claims.get("phone_number_verified") == Some(&Value::Bool(true)),
        _ => true,
    };
    let name = match claims.get(claim)? {
        Value::String(name) => name.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    Some(name).filter(|name| is_sure && !name.is_empty())
}

fn has_second(claims: &Map<String, Value>, second_factors: &[String]) -> bool {
    let methods = claims.get("amr").and_then(Value::as_array).into_iter().flatten();
    let said = methods.chain(claims.get("acr")).filter_map(Value::as_str);
    let mut said = said;
    said.any(|one| second_factors.iter().any(|known| known == one))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn claims(of: Value) -> Map<String, Value> {
        of.as_object().unwrap().clone()
    }

    #[test]
    fn a_name_is_what_the_chosen_claim_says_and_an_address_of_mail_or_a_number_has_to_be_sure() {
        let told = claims(json!({ "sub": "7", "number": 1204, "email": "li@x.example", "groups": ["a"], "none": " " }));
        assert_eq!(named(&told, "number").as_deref(), Some("1204"));
        assert_eq!(named(&told, "sub").as_deref(), Some("7"));
        for claim in ["email", "groups", "none", "missing"] {
            assert_eq!(named(&told, claim), None, "{claim}");
        }
        let sure = claims(json!({ "email": "li@x.example", "email_verified": true }));
        assert_eq!(named(&sure, "email").as_deref(), Some("li@x.example"));
        let phone =
            |verified: Value| claims(json!({ "phone_number": "13800001111", "phone_number_verified": verified }));
        assert_eq!(named(&phone(json!(true)), "phone_number").as_deref(), Some("13800001111"));
        for verified in [json!(false), json!("true"), Value::Null] {
            assert_eq!(named(&phone(verified.clone()), "phone_number"), None, "{verified}");
        }
    }

    #[test]
    fn a_second_factor_is_what_the_city_says_is_one() {
        let known = ["otp".to_owned(), "urn:level:2".to_owned()];
        for (said, wanted) in [
            (json!({ "amr": ["pwd", "otp"] }), true),
            (json!({ "acr": "urn:level:2" }), true),
            (json!({ "amr": ["pwd"], "acr": "1" }), false),
            (json!({ "amr": "otp" }), false),
            (json!({}), false),
        ] {
            assert_eq!(has_second(&claims(said.clone()), &known), wanted, "{said}");
        }
    }
}
