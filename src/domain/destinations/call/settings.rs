//! The `[settings]` table of destinations by call.

use huiliu_adapter_api::{Opening, Problems, SettingsProblem, SpannedText};
use huiliu_adapter_envelope::{EnvelopeSettings, Manner, Operation, Operations, SecuritySettings, Version};
use huiliu_adapter_http::{
    Access, AccessSettings, Call, CallSettings, Caller, HttpClient, LoginSettings, OAuth2Settings, ProxySettings,
    TlsSettings,
};
use huiliu_expression::{Expression, Shape, Variables};
use serde::Deserialize;

use super::{Calls, NamedCall};
use crate::destinations::file::keep;
use crate::ticket::EventKind;

/// Most kinds of calls of one destination.
const MAX_CALLS: usize = 16;

/// The settings of `carrier = "http"`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HttpSettings {
    tls: Option<TlsSettings>,
    proxy: Option<ProxySettings>,
    login: Option<LoginSettings>,
    oauth2: Option<OAuth2Settings>,
    #[serde(default)]
    call: Vec<CallFile<CallSettings>>,
}

/// The settings of `carrier = "soap"`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SoapSettings {
    tls: Option<TlsSettings>,
    proxy: Option<ProxySettings>,
    login: Option<LoginSettings>,
    oauth2: Option<OAuth2Settings>,
    #[serde(default)]
    version: Version,
    /// Encoding of requests; answers are read by their own declaration.
    body_encoding: Option<SpannedText>,
    header: Option<SpannedText>,
    security: Option<SecuritySettings>,
    endpoint: SpannedText,
    #[serde(default)]
    call: Vec<CallFile<Operation>>,
}

/// `[[settings.call]]`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CallFile<R> {
    name: SpannedText,
    /// Expression over `kind`, `ticket`, `complaints`, `event` and `number`: the events that it is made for.
    when: Option<SpannedText>,
    request: R,
    /// Expression over `status` and `answer`: the other system's number.
    number: Option<SpannedText>,
    /// Asked before the call is repeated.
    find: Option<R>,
    /// Expression over `status` and `answer` of `find`: the other system's number, if the matter is there.
    find_number: Option<SpannedText>,
}

/// A request as a file writes it.
trait Request {
    /// Where it stands.
    fn place(&self) -> &SpannedText;
}

impl Request for CallSettings {
    fn place(&self) -> &SpannedText {
        &self.url
    }
}

impl Request for Operation {
    fn place(&self) -> &SpannedText {
        &self.body
    }
}

impl Calls {
    /// Reads the settings of `carrier = "http"`; none, and what is wrong is told, where they have problems.
    pub(in crate::destinations) fn by_http(
        opening: &Opening<'_>,
        ticket: &Shape,
        problems: &mut Problems,
    ) -> Option<Self> {
        let read: HttpSettings = keep(opening.settings.read(), problems)?;
        let way = AccessSettings {
            tls: read.tls.as_ref(),
            proxy: read.proxy.as_ref(),
            login: read.login.as_ref(),
            oauth2: read.oauth2.as_ref(),
        };
        let access = Access::compile(&HttpClient::new(), way, opening, problems);
        let compile = |request: &CallSettings, variables: &Variables, problems: &mut Problems| {
            Call::compile(request, opening, variables, problems)
        };
        compile_calls(&read.call, (&access, opening, ticket), compile, problems)
    }

    /// Reads the settings of `carrier = "soap"`; none, and what is wrong is told, where they have problems.
    pub(in crate::destinations) fn by_soap(
        opening: &Opening<'_>,
        ticket: &Shape,
        problems: &mut Problems,
    ) -> Option<Self> {
        let read: SoapSettings = keep(opening.settings.read(), problems)?;
        let way = AccessSettings {
            tls: read.tls.as_ref(),
            proxy: read.proxy.as_ref(),
            login: read.login.as_ref(),
            oauth2: read.oauth2.as_ref(),
        };
        let access = Access::compile(&HttpClient::new(), way, opening, problems);
        let shared = EnvelopeSettings {
            manner: Manner::read(read.version, read.body_encoding.as_ref(), opening, problems),
            header: read.header.as_ref(),
            security: read.security.as_ref(),
            endpoint: &read.endpoint,
        };
        let operations = Operations::compile(shared, &access, opening, problems);
        let compile = |request: &Operation, variables: &Variables, problems: &mut Problems| {
            operations.call(request.clone(), opening, variables, problems)
        };
        compile_calls(&read.call, (&access, opening, ticket), compile, problems)
    }
}

fn compile_calls<R: Request>(
    files: &[CallFile<R>],
    (access, opening, ticket): (&Access, &Opening<'_>, &Shape),
    compile: impl Fn(&R, &Variables, &mut Problems) -> Option<Call>,
    problems: &mut Problems,
) -> Option<Calls> {
    let before = problems.len();
    check(files, opening, problems);
    let told = told_to_templates(Variables::default(), ticket);
    let requested = told_to_templates(access.variables(opening), ticket);
    let answered = Variables::from(&["answer"]).with("status", Shape::Single);
    let expression =
        |text: Option<&SpannedText>, variables: &Variables, problems: &mut Problems| -> Option<Expression> {
            opening.settings.expression(opening.language, text?, variables, problems)
        };
    let mut calls = Vec::new();
    for file in files {
        let when = expression(file.when.as_ref(), &told, problems);
        let number = expression(file.number.as_ref(), &answered, problems);
        let find_number = expression(file.find_number.as_ref(), &answered, problems);
        let request = compile(&file.request, &requested, problems);
        let find = file.find.as_ref().and_then(|find| compile(find, &requested, problems));
        let Some(request) = request else { continue };
        let needs_number = request.uses("number");
        if needs_number && (file.number.is_some() || file.find.is_some()) {
            problems.push(SettingsProblem::new(
                file.request.place().span(),
                "这个调用给出对方编号（number），请求里却已用到 number；二者矛盾",
                "the call gives the other system's number, and its request uses number already: these contradict each other",
            ));
        }
        let (name, find) = (file.name.get_ref().clone(), find.zip(find_number));
        calls.push(NamedCall { name, when, request: request.of_destination(), number, find, needs_number });
    }
    let caller = Caller::new(access, opening);
    (problems.len() == before).then_some(Calls { caller, calls })
}

/// The variables of a delivery, besides those of all requests.
pub(in crate::destinations) fn told_to_templates(variables: Variables, ticket: &Shape) -> Variables {
    let event = Shape::of_singles(["specversion", "id", "source", "type", "subject", "time", "traceparent"]);
    let kinds = EventKind::ALL.iter().map(|kind| kind.word().to_owned()).collect();
    let complaints = ticket.at("complaints").cloned().unwrap_or(Shape::Open);
    let singles = ["number", "mark", "hops", "message_id", "attempts"];
    let variables = variables
        .with("message", event.with("data", ticket.clone()))
        .with("ticket", ticket.clone())
        .with("complaints", complaints)
        .with("event", Shape::OneOf(kinds));
    singles.into_iter().fold(variables, |variables, name| variables.with(name, Shape::Single))
}

/// Adds what contradicts itself, or has no effect.
fn check<R: Request>(files: &[CallFile<R>], opening: &Opening<'_>, problems: &mut Problems) {
    let mut wrong =
        |span: std::ops::Range<usize>, zh: &str, en: &str| problems.push(SettingsProblem::new(span, zh, en));
    if files.is_empty() || files.len() > MAX_CALLS {
        wrong(opening.settings.span(), "[[settings.call]] 应有 1 到 16 个", "there must be 1 to 16 [[settings.call]]");
    }
    for (at, file) in files.iter().enumerate() {
        let earlier = files.iter().take(at);
        if earlier.clone().any(|other| other.name.get_ref() == file.name.get_ref()) {
            wrong(file.name.span(), "这个调用名写了两次", "there are two calls with this name");
        }
        // A call without a condition that gives the number lets by what has one.
        if earlier.clone().any(|other| other.when.is_none() && other.number.is_none() && other.find.is_none()) {
            wrong(
                file.name.span(),
                "前面有不带 when 的调用，轮不到这个；请给前面的写 when，或调换次序",
                "a call before it has no `when`, so this one is never made: give that one a condition, or change their order",
            );
        }
        match (&file.find, &file.find_number) {
            (Some(find), None) => wrong(
                find.place().span(),
                "有 find 就要写 find_number：应答中的对方编号，查无时为空",
                "find needs find_number: the other system's number in its answer, nothing where the matter is not there",
            ),
            (None, Some(number)) => {
                wrong(
                    number.span(),
                    "没有 find，find_number 不起作用；请删去",
                    "find_number has no effect without find; remove it",
                );
            }
            _ => {}
        }
    }
}
