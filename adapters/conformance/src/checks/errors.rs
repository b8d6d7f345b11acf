//! What goes wrong, by what its caller should do.

#![expect(clippy::expect_used, reason = "this is a test kit: a broken rule ends the test")]

use huiliu_adapter_api::{AdapterError, Delivery};

use super::answers::reply;
use super::{Exempt, before_silence_ends, fits, heal, in_time};
use crate::opened::Opened;
use crate::{Behaviour, Source, open};

/// A misspelt setting is refused with its place.
pub(super) fn unknown_settings_are_refused(source: &dyn Source) {
    let file = source.channel_file().replacen("[settings]\n", "[settings]\nno_such_setting = 1\n", 1);
    let problems = open(source.factory().as_ref(), &file, &source.secrets()).err().unwrap_or_default();
    let at = file.find("no_such_setting").unwrap_or_default();
    assert!(
        problems.iter().any(|problem| problem.en.contains("no_such_setting") && problem.span.start == at),
        "an unknown setting must be refused at its place: {problems:?}"
    );
}

/// A busy source is a transient error, a refusing one is refused: of a pull, or of a session that cannot be made.
pub(super) async fn errors_are_classified(source: &dyn Source, exempt: &mut Exempt) {
    for how in [Behaviour::Busy, Behaviour::Refusing] {
        source.give(&[61]).await;
        if exempt.behaves(source, how).await
            && let Some(error) = error_of(source).await
        {
            assert!(fits(how, &error), "a source that is {how:?}: {error:?}");
        }
        heal(source).await;
    }
}

/// What a fresh adapter meets; `None` where the gateway asks for nothing.
async fn error_of(source: &dyn Source) -> Option<AdapterError> {
    let mut adapter = Opened::new(source);
    match adapter.delivery() {
        Delivery::Pulled => {
            let pulled = in_time("a pull", adapter.pull(None, 1)).await.map(|batch| batch.records.len());
            Some(pulled.expect_err("a pull from a source that does not give"))
        }
        Delivery::Pushed => {
            let ended = in_time("a session", adapter.broken()).await?;
            Some(ended.expect_err("a session with a source that lets nobody in"))
        }
    }
}

/// A source that takes requests and says nothing is given up in time, whatever was asked; a session is asked to end and does.
pub(super) async fn a_source_that_hangs_is_given_up(source: &dyn Source, exempt: &mut Exempt) {
    source.give(&[71]).await;
    let mut adapter = Opened::new(source);
    in_time("the link", adapter.up()).await;
    if !exempt.behaves(source, Behaviour::Hanging).await {
        adapter.stop().await;
        return heal(source).await;
    }
    let transient = |what: &str, error: Option<AdapterError>| {
        assert!(matches!(error, Some(AdapterError::Transient { .. })), "{what} to a silent source: {error:?}");
    };
    if adapter.delivery() == Delivery::Pulled {
        transient("a pull", before_silence_ends("a pull", adapter.pull(None, 1)).await.err());
    }
    if source.replies().is_ok() {
        transient("a reply", before_silence_ends("a reply", adapter.reply(&reply("R-3"))).await.err());
    }
    if let Some(ended) = before_silence_ends("a session", adapter.broken()).await {
        transient("a session", ended.err());
    }
    heal(source).await;
    let mut adapter = Opened::new(source);
    in_time("the link", adapter.up()).await;
    if let Some(ended) = in_time("a session that is to end", adapter.stop()).await {
        assert_eq!(ended, Ok(()), "a session that was told to end");
    }
}

/// An answer over the limit is not read on, and is an error of what was asked.
pub(super) async fn an_answer_over_the_limit_is_an_error(source: &dyn Source, exempt: &mut Exempt) {
    source.give(&[81]).await;
    if exempt.behaves(source, Behaviour::Oversized).await {
        let adapter = Opened::new(source);
        if adapter.delivery() == Delivery::Pulled {
            let answer = in_time("a pull", adapter.pull(None, 1)).await;
            assert!(answer.is_err(), "an answer over the limit: {answer:?}");
        }
        if source.replies().is_ok() {
            let answer = in_time("a reply", adapter.reply(&reply("R-4"))).await;
            assert!(answer.is_err(), "an answer over the limit: {answer:?}");
        }
    }
    heal(source).await;
}
