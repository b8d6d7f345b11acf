//! The contract of stores: each clause is a test of every engine. An engine that passes may take the place of another.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test ends where something is missing")]

mod agreement;
mod audit;
mod clear;
mod deliveries;
mod editions;
mod engine;
mod erasure;
mod evaluations;
mod facts;
mod files;
mod foreign;
mod known;
mod leases;
mod listings;
mod lives;
mod moving;
mod packs;
mod people;
mod postgres_server;
mod queues;
mod remarks;
mod rewards;
mod rows;
mod scopes;
mod search;
mod server;
mod sqlite_file;
mod steps;
mod topics;
mod upkeep;
mod watching;

/// Makes a test of every clause for every engine.
macro_rules! keeps_the_contract {
    ($($part:ident: $($clause:ident),+ $(,)?;)+) => {
        keeps_the_contract!(@engine sqlite, crate::engine::Engine::sqlite, $($part: $($clause),+;)+);
        keeps_the_contract!(@engine sqlite_in_memory, crate::engine::Engine::sqlite_in_memory, $($part: $($clause),+;)+);
        keeps_the_contract!(@engine model, crate::engine::Engine::model, $($part: $($clause),+;)+);
        keeps_the_contract!(@engine postgres, crate::engine::Engine::postgres, $($part: $($clause),+;)+);
    };
    (@engine $engine:ident, $open:path, $($part:ident: $($clause:ident),+;)+) => {
        mod $engine {
            $($(
                #[test]
                fn $clause() {
                    // There is none where there is no server of it.
                    if let Some(mut engine) = Option::<crate::engine::Engine>::from($open()) {
                        crate::$part::$clause(&mut *engine.writer);
                    }
                }
            )+)+
        }
    };
}

keeps_the_contract! {
    steps:
        a_step_is_written_whole_or_not_at_all,
        what_is_written_ahead_counts_with_the_commit_only,
        parts_of_a_step_build_on_each_other,
        what_is_there_already_is_a_conflict,
        numbers_go_on_from_the_highest,
        numbers_given_by_the_store_are_in_the_order_of_commits,
        what_a_ticket_was_made_with_stays,
        the_corpus_comes_in_pages_with_its_imprints,
        cannot_links_have_no_direction_and_can_be_lifted,
        a_probe_leaves_nothing;
    known:
        the_latest_record_of_each_id_is_found,
        strange_ids_are_found_too,
        complaints_are_found_by_number_receipt_and_key,
        tickets_come_in_the_order_asked_with_their_first_complaints,
        nothing_is_found_where_nothing_is_asked,
        a_follow_up_is_about_a_receipt_a_number_or_a_telephone,
        events_of_one_decision_share_its_number,
        a_review_is_asked_once_and_answered_once,
        an_undecided_record_waits_until_it_is_placed,
        a_quarantined_record_leaves_when_it_is_placed_elsewhere,
        updates_are_known_by_platform_and_id,
        the_last_accepted_status_counts,
        an_act_alone_sets_no_status_and_says_nothing_to_citizens,
        the_last_accepted_update_is_read_whole_until_it_is_erased,
        a_person_is_found_by_telephone_and_identity_number,
        a_statement_is_kept_once_with_its_complaint,
        finished_complaints_past_their_time_wait_for_their_replies;
    queues:
        messages_leave_in_order_and_are_read_only_where_wanted,
        a_number_of_a_message_is_never_used_again,
        replies_of_one_complaint_keep_their_order,
        a_slow_channel_leaves_room_for_others,
        a_reply_is_made_once_and_tried_until_it_is_done,
        a_held_reply_waits_for_a_person_who_may_write_other_words,
        what_a_person_told_is_kept_once_and_only_of_what_is_left_to_people,
        reminders_are_planned_anew_and_sent_once,
        alarms_are_planned_anew_for_a_ticket_and_the_longest_due_come_first,
        notices_are_counted_by_person_and_day,
        the_clocks_of_a_ticket_come_back_as_they_were,
        what_was_done_with_a_ticket_comes_back_as_it_was,
        tags_come_back,
        the_last_position_of_a_channel_counts;
    deliveries:
        events_are_given_again_until_they_are_acknowledged,
        a_page_of_events_is_bounded_by_number_and_bytes,
        nobody_acknowledges_what_was_never_given,
        a_failed_delivery_holds_up_its_ticket_or_its_destination,
        a_delivery_that_was_given_up_is_tried_again_by_wish,
        deliveries_are_counted_by_destination_and_forgotten_in_time,
        an_erased_complaint_leaves_waiting_and_kept_deliveries,
        one_attempt_is_marked_for_several_deliveries_that_wait,
        what_is_for_a_destination_is_discarded_and_nothing_else;
    foreign:
        a_number_of_another_system_is_that_of_one_ticket,
        what_a_destination_may_have_is_told_apart_from_what_it_has_not;
    listings:
        tickets_are_listed_by_filter_page_by_page,
        what_waits_for_a_person_comes_back_and_is_listed,
        reviews_are_listed_by_weight_and_by_number,
        quarantine_and_replies_are_listed_page_by_page,
        everything_about_a_complaint_is_listed,
        the_ledger_accounts_for_every_record,
        queues_are_counted;
    search:
        words_are_found_however_they_are_written,
        what_changes_is_found_as_it_is,
        how_tickets_stand_narrows_what_is_found,
        clocks_that_go_on_past_due_are_found_and_counted,
        a_page_has_what_is_admitted;
    scopes:
        a_list_has_what_the_scope_holds,
        a_list_of_what_tells_of_tickets_has_what_the_scope_holds,
        records_and_questions_are_seen_as_far_as_the_scope_holds_their_tickets,
        what_has_to_do_with_a_ticket_changes_with_it,
        what_came_lately_is_counted_by_hour_and_channel;
    evaluations:
        ratings_come_back_in_their_order_by_ticket,
        a_complaint_has_one_call_back_that_is_due,
        the_evaluation_of_a_ticket_comes_back_as_it_was;
    watching:
        sightings_are_found_by_place_and_time_each_once,
        of_a_rule_one_alert_stands_in_an_area,
        the_tickets_behind_an_alert_are_those_of_its_complaints;
    topics:
        a_topic_comes_back_as_it_was_last,
        a_topic_has_each_ticket_once_and_is_ranked_by_their_complaints;
    rewards:
        points_come_back_by_complaint_and_by_account,
        points_count_by_rule_and_time_unless_they_were_taken_back,
        points_go_with_their_complaint_and_when_they_are_old;
    facts:
        facts_come_to_the_same_however_far_they_are_summed_up,
        rows_of_facts_go_when_they_are_old_and_in_the_sums;
    lives:
        what_left_of_a_ticket_is_told_with_its_confirmation,
        an_update_is_told_with_its_sender_until_it_is_erased,
        every_attempt_of_a_reply_and_a_delivery_is_kept_with_its_answer,
        what_happened_is_kept_up_to_its_limit_and_without_words_once_erased,
        who_answered_a_review_is_told,
        whoever_is_behind_a_finished_ticket_was_answered_or_is_listed_with_a_reason;
    files:
        a_file_comes_back_as_it_came,
        a_file_goes_with_its_complaint_and_its_record;
    remarks:
        warnings_are_grouped_by_what_they_say,
        warnings_go_with_their_complaint_and_their_record,
        what_a_file_gave_is_added_up,
        remarks_are_forgotten_in_time,
        a_record_is_found_by_its_content,
        a_complaint_knows_the_files_it_came_with;
    erasure:
        erasing_leaves_nothing_of_the_person,
        erasing_takes_the_words_of_statements_and_what_could_confirm_them,
        erasing_takes_the_words_of_ratings_and_ends_the_call_back,
        erasing_keeps_numbers_counts_and_times,
        erasing_takes_words_out_of_evidence,
        what_waits_is_still_sent_and_what_was_sent_is_gone,
        an_erased_record_is_kept_without_its_content,
        erasing_is_part_of_its_step;
    audit:
        what_people_do_is_written_with_its_step_or_not_at_all,
        the_audit_log_is_read_page_by_page_and_by_time,
        the_audit_log_is_read_from_its_end_and_by_who_did_what,
        what_is_looked_at_for_one_part_of_the_audit_log_is_limited,
        the_beginning_of_the_audit_log_is_forgotten_in_time,
        an_erasure_leaves_the_audit_log_as_it_is,
        tokens_and_deliveries_that_are_tried_again_are_in_the_audit_log;
    packs:
        packs_that_went_live_are_kept_whole_and_once,
        a_draft_changes_only_at_the_revision_that_was_seen;
    editions:
        of_a_report_and_a_period_there_is_one_edition,
        an_edition_waits_until_it_went_and_the_old_ones_go,
        a_board_is_known_by_when_it_came_last;
    people:
        people_are_changed_and_removed_by_name,
        a_session_is_found_by_its_hash_and_ends,
        sessions_are_bounded_and_forgotten_in_time;
    upkeep:
        tokens_are_replaced_and_removed_by_name,
        a_channel_is_paused_once_and_goes_on,
        a_whole_store_is_found_to_be_fine,
        a_wrong_count_is_found_and_mended,
        a_lost_answer_is_found,
        published_messages_are_forgotten_in_time;
}
