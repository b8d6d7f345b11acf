//! Mail to addressees that the settings name: one for each event, or one for each file of a set time.

use huiliu_adapter_api::{Opening, Problems, SettingsProblem, SpannedText};
use huiliu_expression::{Context, Escape, Template, Variables};
use huiliu_mail::{Attachment, MAX_RECIPIENTS, Mail, MailSender, MailSettings, is_address};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;
use toml::Spanned;

use super::file::keep;
use super::outcome::{Failure, Outcome};
use super::table::{TableFile, TableSettings};
use super::times::WrittenTimes;
use super::{Collected, Parcel, ReportFile, Way, event};

/// The subject of a mail of an event where the settings have none.
const SUBJECT: &str = "工单 {{ ticket.ticket_id }}：{{ ticket.title }}";
/// Its text.
const TEXT: &str = "工单号：{{ ticket.ticket_id }}（第 {{ ticket.version }} 版）
办理状态：{{ ticket.status }}
事项：{{ ticket.category_name }}
承办单位：{{ ticket.department_name }}
办理时限：{{ ticket.due_at }}
地址：{{ ticket.place.address }}

{{ ticket.title }}

{{ ticket.text }}
";
/// The subject of a mail with a file.
const FILE_SUBJECT: &str = "工单 {{ date }} {{ time }}：{{ rows }} 条";
/// Its text.
const FILE_TEXT: &str = "附件 {{ file }}，共 {{ rows }} 条，截至 {{ date }} {{ time }}。\n";
/// What the words of a mail with a file can be made of.
const FILE_VARIABLES: [&str; 5] = ["destination", "date", "time", "file", "rows"];

/// The `[settings]` table of `carrier = "mail"`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MailCarrierSettings {
    server: Spanned<MailSettings>,
    to: Spanned<Vec<SpannedText>>,
    #[serde(default)]
    cc: Vec<SpannedText>,
    subject: Option<SpannedText>,
    text: Option<SpannedText>,
    #[serde(default)]
    at: Vec<SpannedText>,
    every: Option<SpannedText>,
    #[serde(default)]
    weekdays: Vec<SpannedText>,
    pub table: Option<Spanned<TableSettings>>,
}

impl MailCarrierSettings {
    pub(super) fn times(&self) -> WrittenTimes<'_> {
        WrittenTimes { at: &self.at, every: self.every.as_ref(), weekdays: &self.weekdays }
    }
}

/// How mails are made and sent.
#[derive(Debug)]
pub struct MailWay {
    destination: String,
    sender: MailSender,
    to: Vec<String>,
    cc: Vec<String>,
    subject: Template,
    text: Template,
}

/// Reads the settings of mails: with set times they have files, else each is of one event. None, and what is wrong is told, where they
/// have problems.
pub(super) fn compile(opening: &Opening<'_>, variables: &Variables, problems: &mut Problems) -> Option<Way> {
    let read: MailCarrierSettings = keep(opening.settings.read(), problems)?;
    if !read.times().is_none() {
        return Collected::mail(&read, opening, variables, problems).map(|found| Way::Collected(Box::new(found)));
    }
    if let Some(table) = &read.table {
        problems.push(SettingsProblem::new(
            table.span(),
            "[settings.table] 要与 at 或 every 合用：没有设定时刻时，每个事件一封邮件，不带附件",
            "[settings.table] goes with at or every: without set times each event is a mail, and none has a file",
        ));
    }
    let variables = event::variables(variables);
    let words = (SUBJECT, TEXT);
    MailWay::compile(&read, words, opening, &variables, problems).map(|mail| Way::Mail(Box::new(mail)))
}

impl MailWay {
    /// Reads the settings of mails with a file each.
    pub(super) fn compile_with_file(
        read: &MailCarrierSettings,
        opening: &Opening<'_>,
        problems: &mut Problems,
    ) -> Option<Self> {
        Self::compile(read, (FILE_SUBJECT, FILE_TEXT), opening, &Variables::from(&FILE_VARIABLES), problems)
    }

    fn compile(
        read: &MailCarrierSettings,
        (subject, text): (&str, &str),
        opening: &Opening<'_>,
        variables: &Variables,
        problems: &mut Problems,
    ) -> Option<Self> {
        let before = problems.len();
        let sender = read.server.get_ref().compile(&opening.secrets, &read.server.span(), problems);
        let (to, cc) = (read.to.get_ref(), &read.cc);
        for wrong in to.iter().chain(cc).filter(|address| !is_address(address.get_ref())) {
            problems.push(SettingsProblem::new(
                wrong.span(),
                "不是邮件地址；应为 zhang@city.gov.cn 或 名称 <zhang@city.gov.cn>",
                "no address of mail: zhang@city.gov.cn or NAME <zhang@city.gov.cn>",
            ));
        }
        if to.is_empty() || to.len() + cc.len() > MAX_RECIPIENTS {
            problems.push(SettingsProblem::new(
                read.to.span(),
                format!("to 不能为空；to 与 cc 合计不超过 {MAX_RECIPIENTS} 个"),
                format!("to cannot be empty, and to and cc have at most {MAX_RECIPIENTS} addresses together"),
            ));
        }
        let own = |text: &str| Spanned::new(0..0, text.to_owned());
        let mut template = |written: &Option<SpannedText>, default: &str| {
            let text = written.clone().unwrap_or_else(|| own(default));
            opening.settings.template(opening.language, &text, variables, Escape::None, problems)
        };
        let (subject, text) = (template(&read.subject, subject), template(&read.text, text));
        if problems.len() > before {
            return None;
        }
        let texts = |of: &[SpannedText]| of.iter().map(|address| address.get_ref().clone()).collect();
        let (to, cc, destination) = (texts(to), texts(cc), opening.channel.to_owned());
        Some(Self { destination, sender: sender?, to, cc, subject: subject?, text: text? })
    }

    /// Sends an event.
    pub(super) async fn send_event(&self, parcel: Parcel<'_>, now: Timestamp) -> Outcome {
        let sent = match event::context(parcel) {
            Ok(context) => self.send(parcel.message_id, &context, Vec::new(), now).await,
            Err(reason) => Err(Failure::for_ever(reason)),
        };
        match sent {
            Ok(words) => Outcome::taken(words),
            Err(failure) => Outcome::Failed(failure),
        }
    }

    /// Sends a file; what the server said.
    pub(super) async fn send_file(&self, id: &str, file: TableFile, now: Timestamp) -> Result<String, Failure> {
        let (date, time) = (file.for_time.strftime("%Y-%m-%d"), file.for_time.strftime("%H:%M"));
        let values = [
            json!(self.destination),
            json!(date.to_string()),
            json!(time.to_string()),
            json!(file.name),
            json!(file.table.rows),
        ];
        let context = Context::new(FILE_VARIABLES.into_iter().zip(&values));
        let media_type = file.media_type.to_owned();
        let attachment = Attachment { name: file.name, media_type, content: file.table.content };
        self.send(id, &context, vec![attachment], now).await
    }

    /// Sends a report, with its name as subject; what the server said.
    pub(super) async fn send_report(&self, id: &str, file: ReportFile, now: Timestamp) -> Result<String, Failure> {
        let title = file.name.rsplit_once('.').map_or(file.name.as_str(), |(title, _)| title).to_owned();
        let text = format!("附件 {}。\n", file.name);
        let attachment = Attachment { name: file.name, media_type: file.media_type.to_owned(), content: file.content };
        self.mail(id, (title, text), vec![attachment], now).await
    }

    async fn send(
        &self,
        id: &str,
        context: &Context,
        attachments: Vec<Attachment>,
        now: Timestamp,
    ) -> Result<String, Failure> {
        let words =
            |template: &Template| template.render(context).map_err(|fault| Failure::for_ever(fault.to_string()));
        self.mail(id, (words(&self.subject)?, words(&self.text)?), attachments, now).await
    }

    async fn mail(
        &self,
        id: &str,
        (subject, text): (String, String),
        attachments: Vec<Attachment>,
        now: Timestamp,
    ) -> Result<String, Failure> {
        let id = format!("{id}@{}", self.sender.domain());
        let (to, cc) = (self.to.clone(), self.cc.clone());
        let mail = Mail { id, date: now, to, cc, subject, text, attachments };
        self.sender.send(&mail).await.map(|accepted| accepted.words).map_err(Failure::of_mail)
    }
}
