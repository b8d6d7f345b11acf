//! Reports are made when their time has come: each once for a period, also after a restart.

use std::sync::Arc;
use std::time::Duration;

use jiff::civil::Date;
use tokio::sync::watch;

use crate::catalogue::Locale;
use crate::channels::Supervisor;
use crate::clock::{Clock, stopped};
use crate::pack::Rules;
use crate::report::{Edition, NotWritten, Report, Schedule, Table};
use crate::store::{EditionFile, NewEdition, StoreError, StoreHandle};

/// How often it is looked whether a report is due.
const LOOK: Duration = Duration::from_secs(60);

/// Makes reports until told to stop.
#[derive(Debug)]
pub struct EditionMaker {
    /// Where they are kept.
    pub store: StoreHandle,
    /// The same store, read beside what is being written.
    pub reader: StoreHandle,
    /// For the live pack: its reports and the city's days.
    pub supervisor: Arc<Supervisor>,
    /// Time.
    pub clock: Arc<dyn Clock>,
}

impl EditionMaker {
    /// Works until `stop` turns true.
    pub async fn run(self, mut stop: watch::Receiver<bool>) {
        while !*stop.borrow() {
            if let Err(error) = self.look().await {
                tracing::error!(%error, "Scheduled reports could not be made; it is tried again.");
            }
            tokio::select! {
                biased;
                () = stopped(&mut stop) => {}
                () = self.clock.pause(LOOK) => {}
            }
        }
    }

    async fn look(&self) -> Result<(), StoreError> {
        let rules = Arc::clone(&self.supervisor.pack().rules);
        for report in &rules.reports.reports {
            let Some(schedule) = &report.schedule else { continue };
            let name = report.name.clone();
            let last = self.reader.ask(move |store| store.last_edition(&name)).await?;
            for days in schedule.due(report.period, last, self.clock.now(), &rules.numbering.zone) {
                self.make(&rules, report, schedule, days).await?;
            }
        }
        Ok(())
    }

    async fn make(
        &self,
        rules: &Rules,
        report: &Report,
        schedule: &Schedule,
        days: (Date, Date),
    ) -> Result<(), StoreError> {
        let since = report.looks_back_to(days.0);
        let cells = self.reader.ask(move |store| store.facts(since, days.1)).await?;
        let table = report.table(&cells, days, None);
        let (name, from, to) = (&report.name, days.0, days.1);
        let files = match files(rules, report, schedule, &table, days) {
            Ok(files) => files,
            Err(error) => {
                tracing::error!(report = name, %from, %to, %error, "A scheduled report could not be written.");
                return Ok(());
            }
        };
        let edition = NewEdition {
            report: name.clone(),
            from,
            to,
            made_at: self.clock.now(),
            files,
            destinations: schedule.to.iter().map(|place| place.get_ref().clone()).collect(),
        };
        let kept = self.store.ask(move |store| store.keep_edition(&edition)).await?;
        if kept {
            tracing::info!(report = name, %from, %to, "A scheduled report was made.");
        }
        Ok(())
    }
}

fn files(
    rules: &Rules,
    report: &Report,
    schedule: &Schedule,
    table: &Table,
    days: (Date, Date),
) -> Result<Vec<EditionFile>, NotWritten> {
    let edition = Edition { report, table, days, district: None, names: &rules.names, locale: Locale::default() };
    let file = |format: &crate::report::Format| {
        let (name, content) = (edition.file_name(*format), edition.written(*format)?);
        Ok(EditionFile { format: format.word().to_owned(), name, content })
    };
    schedule.formats.iter().map(file).collect()
}
