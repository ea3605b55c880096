//! Single values of the settings: what each may be. A refusal says what was written and what is allowed.

use std::fmt;
use std::net::IpAddr;
use std::ops::RangeInclusive;
use std::path::PathBuf;

use engine::Strategy;
use schemars::{Schema, SchemaGenerator, json_schema};
use serde::Serializer;
use serde::de::{Deserialize, Deserializer, Error, SeqAccess, Unexpected, Visitor};

use super::VaultStore;

pub(super) fn strategy<'de, D: Deserializer<'de>>(source: D) -> Result<Strategy, D::Error> {
    let given = String::deserialize(source)?;
    Strategy::ALL.into_iter().find(|strategy| strategy.name() == given).ok_or_else(|| {
        D::Error::custom(format_args!(
            "{given:?} isn't a strategy, allowed are \"most-remaining\", \"sticky\", \"round-robin\", \"hybrid\", \
             \"drain-first\" and \"soonest-reset\""
        ))
    })
}

pub(super) fn strategy_name<S: Serializer>(strategy: &Strategy, target: S) -> Result<S::Ok, S::Error> {
    target.serialize_str(strategy.name())
}

pub(super) fn strategies(_: &mut SchemaGenerator) -> Schema {
    words(&Strategy::ALL.map(Strategy::name))
}

macro_rules! whole_numbers {
    ($($name:ident: $least:literal to $most:literal;)*) => {$(
        pub(super) mod $name {
            use super::{Deserializer, Schema, SchemaGenerator, json_schema, number};

            pub(crate) fn read<'de, D: Deserializer<'de>>(source: D) -> Result<u32, D::Error> {
                number(source, $least..=$most)
            }

            pub(crate) fn allowed(_: &mut SchemaGenerator) -> Schema {
                json_schema!({"type": "integer", "minimum": $least, "maximum": $most})
            }
        }
    )*};
}

whole_numbers! {
    session_cooldown_seconds: 0 to 3600;
    session_max_attempts: 1 to 20;
    switch_at_percent: 1 to 100;
    flap_switches: 0 to 100;
    switch_on_overload: 0 to 100;
    continuations: 0 to 20;
}

pub(super) fn vault_store<'de, D: Deserializer<'de>>(source: D) -> Result<VaultStore, D::Error> {
    let name = String::deserialize(source)?;
    let refused = || D::Error::custom(format_args!("{name:?} isn't a store, allowed are \"keychain\" and \"file\""));
    VaultStore::named(&name).ok_or_else(refused)
}

pub(super) fn vault_stores(_: &mut SchemaGenerator) -> Schema {
    words(&["keychain", "file"])
}

/// One of these words.
pub(super) fn words(allowed: &[&str]) -> Schema {
    json_schema!({"type": "string", "enum": allowed})
}

pub(super) fn data_dir<'de, D: Deserializer<'de>>(source: D) -> Result<Option<PathBuf>, D::Error> {
    let text = String::deserialize(source)?;
    let path = PathBuf::from(&text);
    match path.is_absolute() {
        true => Ok(Some(path)),
        false => Err(D::Error::custom(format_args!("{text:?} isn't a full path (~ and variables aren't expanded)"))),
    }
}

pub(super) fn command<'de, D: Deserializer<'de>>(source: D) -> Result<Option<Vec<String>>, D::Error> {
    let command = Vec::<String>::deserialize(source)?;
    match command.first() {
        Some(program) if !program.is_empty() => Ok(Some(command)),
        Some(_) | None => Err(D::Error::custom("the program's name is missing")),
    }
}

/// An address that tokens may be sent to. It isn't repeated in the refusal: it may hold a password.
pub(super) fn url<'de, D: Deserializer<'de>>(source: D) -> Result<Option<String>, D::Error> {
    let text = String::deserialize(source)?;
    let url = reqwest::Url::parse(&text).map_err(|why| D::Error::custom(format_args!("not an address: {why}")))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(D::Error::custom("an address without a user name and password is needed"));
    }
    match url.scheme() {
        "https" => Ok(Some(text)),
        "http" if url.host_str().is_some_and(is_this_machine) => Ok(Some(text)),
        _ => Err(D::Error::custom(
            "an address with https:// is needed (http:// only for this machine: 127.0.0.1, [::1], localhost)",
        )),
    }
}

/// Percentages, in order and each once.
pub(super) fn alerts<'de, D: Deserializer<'de>>(source: D) -> Result<Option<Vec<u8>>, D::Error> {
    let mut alerts = source.deserialize_seq(Percentages)?;
    alerts.sort_unstable();
    alerts.dedup();
    Ok(Some(alerts))
}

fn is_this_machine(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn number<'de, D: Deserializer<'de>>(source: D, allowed: RangeInclusive<u32>) -> Result<u32, D::Error> {
    let given = source.deserialize_i64(WholeNumber)?;
    u32::try_from(given).ok().filter(|number| allowed.contains(number)).ok_or_else(|| {
        let (least, most) = (allowed.start(), allowed.end());
        D::Error::custom(format_args!("{given} is out of range, allowed are {least} to {most}"))
    })
}

struct Percentages;

impl<'de> Visitor<'de> for Percentages {
    type Value = Vec<u8>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of whole numbers, such as [80, 95]")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<u8>, A::Error> {
        let mut percentages = Vec::new();
        while let Some(Percentage(percentage)) = list.next_element()? {
            percentages.push(percentage);
        }
        Ok(percentages)
    }
}

struct Percentage(u8);

impl<'de> Deserialize<'de> for Percentage {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        let given = source.deserialize_i64(WholeNumber)?;
        let percentage = u8::try_from(given).ok().filter(|percentage| (1..=100).contains(percentage));
        percentage
            .map(Self)
            .ok_or_else(|| D::Error::custom(format_args!("{given} isn't a percentage, allowed are 1 to 100")))
    }
}

struct WholeNumber;

impl Visitor<'_> for WholeNumber {
    type Value = i64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a whole number")
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<i64, E> {
        Ok(number)
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<i64, E> {
        i64::try_from(number).map_err(|_| E::invalid_value(Unexpected::Unsigned(number), &self))
    }
}
