//! How a citizen's report gets into the system of its channel.

use std::path::Path;

use huiliu_adapter_api::{Clock as _, SystemClock};

use crate::{Board, Channel, Hotline, Order, Report, Sandbox, post_sms, post_snapshot, write_petitions};

impl Report {
    /// Hands the report in, once: with the hotline, on the board, in the petition office's folder, or at the gateway itself, whose
    /// address is `url`.
    ///
    /// # Errors
    /// The gateway did not answer, or not with yes; whoever pushes hands in again.
    pub async fn hand_in(&self, hotline: &Hotline, board: &Board, petitions: &Path, url: &str) -> anyhow::Result<()> {
        match self.channel {
            Channel::Hotline => hotline.take(Order {
                order_id: self.number.clone(),
                title: self.title.clone(),
                content: self.text.clone(),
                name: self.name.clone(),
                phone: self.phone.clone(),
                address: self.address.clone(),
                kind: "投诉".to_owned(),
            }),
            Channel::Board => board.put(self.number.parse()?, &self.title, &self.text, &self.name),
            Channel::Petition => {
                let row = [
                    &self.number,
                    "2026-11-21 09:20:31",
                    "求决",
                    &self.title,
                    &self.text,
                    &self.name,
                    &self.phone,
                    "",
                    &self.address,
                ];
                write_petitions(petitions, &format!("{}.xlsx", self.number), &[row.map(ToOwned::to_owned)])?;
            }
            Channel::Sms => {
                let answer = post_sms(url, Sandbox::SMS_TOKEN, std::slice::from_ref(self)).await?;
                anyhow::ensure!(answer.status.is_success(), "SMS callback: HTTP {}", answer.status);
            }
            Channel::Snapshot => {
                let answer = post_snapshot(url, Sandbox::SNAPSHOT_KEY, self, SystemClock.now().as_second()).await?;
                anyhow::ensure!(answer.status.is_success(), "mini-program: HTTP {}", answer.status);
            }
        }
        Ok(())
    }
}
