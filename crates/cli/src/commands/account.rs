//! The two arguments that name an account.
//! Whether there is such an account is the daemon's to say.

/// One account of one provider.
#[derive(Debug, clap::Args)]
pub(super) struct AccountArgs {
    /// The provider under OpenCode's id for it, such as openai
    pub(super) provider: String,
    /// The account's label or id, as `baton status` shows it
    #[arg(value_name = "LABEL")]
    pub(super) account: String,
}
