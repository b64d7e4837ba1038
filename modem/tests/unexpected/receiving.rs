//! Answers that are perfect in their bytes and unexpected in what they say, while messages are
//! received: nothing is lost, forged or deleted unread, and no failure is silent or a storm.
#![expect(clippy::std_instead_of_alloc, reason = "a test has std")]

mod announcements;
mod bench;
mod deletions;
mod direct;
mod echo;
mod listings;
mod memories;
mod reports;
mod text_mode;
