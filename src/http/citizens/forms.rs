//! Forms: which there are, what they ask, and filing one.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use huiliu_adapter_api::CitizenForm;
use schemars::JsonSchema;
use serde::Deserialize;

use super::documents::{
    Filed, FilledForm, FormDocument, FormList, ListedForm, NearbyCount, PointDocument, RatedResult,
};
use super::door::Room;
use super::progress;
use super::sent::Sent;
use crate::bulletin::nearby;
use crate::complaint::Point;
use crate::http::Site;
use crate::http::extract::{Nothing, Path, Query};
use crate::http::problem::Problem;

/// What a handler gives.
type Answer<T> = Result<Json<T>, Problem>;

/// A form.
#[derive(Deserialize, JsonSchema)]
pub(in crate::http) struct FormPath {
    /// Id of the channel that is the form.
    #[schemars(example = &"web")]
    channel: String,
}

/// A point of a form.
#[derive(Deserialize, JsonSchema)]
pub(in crate::http) struct PointPath {
    /// Id of the channel that is the form.
    #[schemars(example = &"web")]
    channel: String,
    /// Code of the point.
    #[schemars(example = &"GX-00017")]
    point: String,
}

impl FormPath {
    pub(super) fn form(&self, site: &Site) -> Result<Arc<dyn CitizenForm>, Problem> {
        of_channel(site, &self.channel)
    }

    pub(super) fn channel(&self) -> &str {
        &self.channel
    }
}

fn of_channel(site: &Site, channel: &str) -> Result<Arc<dyn CitizenForm>, Problem> {
    let form = site.supervisor.channel(channel).and_then(|running| running.channel.adapter.form());
    form.ok_or_else(Problem::not_found)
}

/// The form that is meant where none is named: the first that is for everybody.
pub(super) fn usual(site: &Site) -> Option<Arc<dyn CitizenForm>> {
    let forms = site.supervisor.channels().into_iter().filter_map(|running| running.channel.adapter.form());
    forms.into_iter().find(|form| !form.asks().for_staff)
}

pub(super) async fn list(State(site): State<Arc<Site>>, Query(Nothing {}): Query<Nothing>) -> Answer<FormList> {
    let channels = site.supervisor.channels().into_iter();
    let listed = channels.filter_map(|running| {
        let form = running.channel.adapter.form()?;
        Some(ListedForm::new(&running.channel.id, form.asks(), running.health.paused().is_some()))
    });
    Ok(Json(FormList { city: site.supervisor.pack().city.name.clone(), forms: listed.collect() }))
}

pub(super) async fn show(
    State(site): State<Arc<Site>>,
    Path(at): Path<FormPath>,
    Query(Nothing {}): Query<Nothing>,
) -> Answer<FormDocument> {
    Ok(Json(FormDocument::new(at.channel(), at.form(&site)?.asks())))
}

pub(super) async fn point(
    State(site): State<Arc<Site>>,
    Path(at): Path<PointPath>,
    Query(Nothing {}): Query<Nothing>,
) -> Answer<PointDocument> {
    let form = of_channel(&site, &at.channel)?;
    let found = form.point(&at.point).ok_or_else(Problem::not_found)?;
    let rules = site.rules();
    let mut near = Vec::new();
    if let (Some(counted), Some((lat, lng))) = (&form.asks().nearby, found.at) {
        let known = site.citizens.near(&site).await?;
        let counts = nearby(&known, (Point { lat, lng }, counted.metres), &counted.only);
        near.extend(counts.into_iter().map(|(category, count)| NearbyCount {
            category_name: rules.names.category(&category).unwrap_or(&category).to_owned(),
            category,
            count,
        }));
    }
    let district_name = rules.names.area(&found.district).map(str::to_owned);
    Ok(Json(PointDocument::new(found, district_name, near)))
}

pub(super) async fn file(
    _held: Room,
    State(site): State<Arc<Site>>,
    Path(at): Path<FormPath>,
    sent: Sent<FilledForm>,
) -> Answer<Filed> {
    sent.hand_in(&site, at.channel(), "complaints").await.map(Json)
}

pub(super) async fn rate(
    _held: Room,
    State(site): State<Arc<Site>>,
    Path(at): Path<FormPath>,
    sent: Sent<RatedResult>,
) -> Answer<Filed> {
    let asking = Arc::clone(&site);
    let counts = |body: bytes::Bytes| async move { progress::is_to_be_rated(&asking, &body).await };
    let (mut filed, counts) = sent.hand_in_after(&site, at.channel(), "ratings", counts).await?;
    filed.counts = counts;
    Ok(Json(filed))
}
