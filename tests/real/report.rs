//! What a campaign came to.

use std::collections::BTreeMap;
use std::time::Duration;

/// Faults by name, each with how long it took until all was well again.
#[derive(Default)]
pub struct Report(BTreeMap<&'static str, Vec<Duration>>);

impl Report {
    pub fn add(&mut self, fault: &'static str, recovery: Duration) {
        self.0.entry(fault).or_default().push(recovery);
    }

    pub fn count(&self, fault: &str) -> usize {
        self.0.get(fault).map_or(0, Vec::len)
    }

    pub fn table(&self) -> String {
        let mut lines = vec![format!("{:<40} {:>6} {:>10} {:>10}", "fault", "times", "p50", "p99")];
        for (fault, times) in &self.0 {
            let mut times = times.clone();
            times.sort();
            let at = |percent: usize| {
                times.get((times.len() * percent / 100).min(times.len() - 1)).copied().unwrap_or_default()
            };
            lines.push(format!(
                "{fault:<40} {:>6} {:>8.2} s {:>8.2} s",
                times.len(),
                at(50).as_secs_f64(),
                at(99).as_secs_f64()
            ));
        }
        lines.join("\n")
    }
}
