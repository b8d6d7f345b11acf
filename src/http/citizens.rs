//! `/citizens/v1`: what the city's own pages and programs ask on behalf of citizens: the forms, what became of a complaint, points. No token
//! is needed; whoever wants to know of a complaint has its receipt number and its second secret.

mod documents;
mod door;
mod forms;
mod progress;
mod rewards;
mod sent;

use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, post_with};

pub use self::door::CitizenDoor;
pub(super) use self::door::{HasRoom, within_room};
use super::Site;
use super::api::named as of_tag;

/// Where it is.
pub(super) const ADDRESS: &str = "/citizens/v1";

/// The routes below [`ADDRESS`].
pub(super) fn router() -> ApiRouter<Arc<Site>> {
    let named = |id, summary| of_tag("forms", id, summary);
    ApiRouter::new()
        .api_route(
            "/forms",
            get_with(forms::list, named("listForms", "The forms of the city: channels with adapter = \"form\" that run.")),
        )
        .api_route("/forms/{channel}", get_with(forms::show, named("getForm", "What a form asks.")))
        .api_route(
            "/forms/{channel}/points/{point}",
            get_with(
                forms::point,
                named("getPoint", "A point with a QR code, and how many open matters of a kind are near it, where the form counts them."),
            ),
        )
        .api_route(
            "/forms/{channel}/complaints",
            post_with(
                forms::file,
                named("fileComplaint", "File a form. It is stored when the answer comes. The same form with the same id again is the same complaint."),
            ),
        )
        .api_route(
            "/forms/{channel}/ratings",
            post_with(
                forms::rate,
                named("rateResult", "Say how satisfied a citizen is, with the receipt number and its code. 404 where they do not belong together."),
            ),
        )
        .api_route(
            "/forms/{channel}/rewards",
            post_with(
                rewards::show,
                named("showOwnRewards", "Points and stars of who is meant by a signed claim of the city's own program."),
            ),
        )
        .api_route(
            "/progress",
            post_with(
                progress::show,
                named("showProgress", "What became of a complaint, with its receipt number and its code. 404 where they do not belong together, and where there is no such number."),
            ),
        )
}
