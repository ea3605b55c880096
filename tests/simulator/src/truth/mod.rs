//! What is really so at the providers. Baton sees it only through refusals and through usage endpoints that lag.

mod login;
mod quota;
mod service;

pub(crate) use login::Login;
pub(crate) use quota::{Begins, Quota, whole_second};
pub(crate) use service::{Refusal, Service, Style};
