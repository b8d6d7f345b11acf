//! The numbers by which the store knows things. Each is a type of its own, so that a complaint's is never taken for a ticket's.

macro_rules! keys {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
        pub struct $name(pub i64);

        impl $name {
            /// The least number, before every one that is given.
            pub const MIN: Self = Self(i64::MIN);
            /// The greatest number.
            pub const MAX: Self = Self(i64::MAX);

            /// The number after this one.
            #[must_use]
            pub fn next(self) -> Self {
                Self(self.0.saturating_add(1))
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }
    )+};
}

keys! {
    /// Number of a raw record.
    RawKey,
    /// Number of a complaint.
    ComplaintKey,
    /// Number of a ticket.
    TicketKey,
    /// Number of a person's or the gateway's decision to put complaints together or apart; its merge events share it.
    DecisionKey,
    /// Number of a question for a person.
    ReviewKey,
    /// Number of a reply.
    ReplyKey,
    /// Number of a planned reminder.
    ReminderKey,
    /// Number of a topic.
    TopicKey,
    /// Number of a delivery: the order of deliveries, and the cursor of a feed that is pulled.
    DeliveryKey,
}
