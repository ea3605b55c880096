//! What answers of models cost: tokens and money. Counts only; decides nothing and knows no price list.

/// Tokens by kind, none counted twice, and what they cost.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Spend {
    /// Tokens of the question that weren't cached.
    pub input: u64,
    /// Tokens of the answer, without those of reasoning.
    pub output: u64,
    /// Tokens of reasoning.
    pub reasoning: u64,
    /// Tokens of the question that came from the provider's cache.
    pub cache_read: u64,
    /// Tokens that the provider put into its cache.
    pub cache_write: u64,
    /// US dollars at list price, as OpenCode reckons them; zero where a plan is paid by the month.
    pub cost: f64,
}

impl Spend {
    /// Whether nothing was spent.
    pub fn is_nothing(&self) -> bool {
        self.tokens() == 0 && self.cost == 0.0
    }

    /// All tokens together.
    pub fn tokens(&self) -> u64 {
        let kinds = [self.input, self.output, self.reasoning, self.cache_read, self.cache_write];
        kinds.into_iter().fold(0, u64::saturating_add)
    }
}

impl std::ops::AddAssign for Spend {
    fn add_assign(&mut self, more: Self) {
        self.input = self.input.saturating_add(more.input);
        self.output = self.output.saturating_add(more.output);
        self.reasoning = self.reasoning.saturating_add(more.reasoning);
        self.cache_read = self.cache_read.saturating_add(more.cache_read);
        self.cache_write = self.cache_write.saturating_add(more.cache_write);
        self.cost += more.cost;
    }
}
