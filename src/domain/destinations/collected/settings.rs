//! The `[settings]` tables of what goes at set times.

use huiliu_adapter_api::{Opening, Problems, SettingsProblem, SpannedText};
use huiliu_expression::Variables;
use huiliu_sftp::SftpSettings;
use serde::Deserialize;
use toml::Spanned;

use super::{Collected, Place};
use crate::destinations::file::keep;
use crate::destinations::folder::Folder;
use crate::destinations::mail::{MailCarrierSettings, MailWay};
use crate::destinations::table::TableSettings;
use crate::destinations::times::WrittenTimes;

/// The `[settings]` table of `carrier = "file"`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FolderSettings {
    folder: SpannedText,
    #[serde(default)]
    at: Vec<SpannedText>,
    every: Option<SpannedText>,
    #[serde(default)]
    weekdays: Vec<SpannedText>,
    #[serde(default)]
    table: TableSettings,
}

/// The `[settings]` table of `carrier = "sftp"`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SftpFolderSettings {
    server: Spanned<SftpSettings>,
    folder: SpannedText,
    #[serde(default)]
    at: Vec<SpannedText>,
    every: Option<SpannedText>,
    #[serde(default)]
    weekdays: Vec<SpannedText>,
    #[serde(default)]
    table: TableSettings,
}

impl Collected {
    /// Reads the settings of files in a folder; none, and what is wrong is told, where they have problems.
    pub(in crate::destinations) fn folder(
        opening: &Opening<'_>,
        variables: &Variables,
        problems: &mut Problems,
    ) -> Option<Self> {
        let read: FolderSettings = keep(opening.settings.read(), problems)?;
        let folder = Folder::read(&read.folder, opening, problems);
        let written = WrittenTimes { at: &read.at, every: read.every.as_ref(), weekdays: &read.weekdays };
        let times = written.read(opening.language.zone(), &opening.settings.span(), problems);
        let table = read.table.compile(opening, variables, true, problems);
        Some(Self { times: times?, table: table?, place: Place::Folder(folder?) })
    }

    /// Reads the settings of files at an SFTP server; none, and what is wrong is told, where they have problems.
    pub(in crate::destinations) fn sftp(
        opening: &Opening<'_>,
        variables: &Variables,
        problems: &mut Problems,
    ) -> Option<Self> {
        let read: SftpFolderSettings = keep(opening.settings.read(), problems)?;
        let client = read.server.get_ref().compile(&opening.secrets, &read.server.span(), problems);
        let folder = read.folder.get_ref().trim_end_matches('/').to_owned();
        if folder.split('/').any(|part| part == "..") || folder.contains(char::is_control) {
            problems.push(SettingsProblem::new(
                read.folder.span(),
                "folder 是服务器上的文件夹，不含 ..",
                "folder is a folder of the server, without ..",
            ));
        }
        // "." is the folder in which a login stands, and "/" the whole server.
        let written = WrittenTimes { at: &read.at, every: read.every.as_ref(), weekdays: &read.weekdays };
        let times = written.read(opening.language.zone(), &opening.settings.span(), problems);
        let table = read.table.compile(opening, variables, true, problems);
        Some(Self { times: times?, table: table?, place: Place::Sftp(client?, folder) })
    }

    /// Completes the settings of mails with a file each.
    pub(in crate::destinations) fn mail(
        read: &MailCarrierSettings,
        opening: &Opening<'_>,
        variables: &Variables,
        problems: &mut Problems,
    ) -> Option<Self> {
        let default = TableSettings::default();
        let settings = read.table.as_ref().map_or(&default, Spanned::get_ref);
        if let Some(place) = settings.manifest_asked() {
            problems.push(SettingsProblem::new(
                place,
                "邮件不带清单：附件自成一体",
                "mails have no manifest: an attachment comes whole or not at all",
            ));
        }
        let times = read.times().read(opening.language.zone(), &opening.settings.span(), problems);
        let table = settings.compile(opening, variables, false, problems);
        let mail = MailWay::compile_with_file(read, opening, problems);
        Some(Self { times: times?, table: table?, place: Place::Mail(Box::new(mail?)) })
    }
}
