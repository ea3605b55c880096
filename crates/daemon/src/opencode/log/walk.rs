//! Walks through an error's JSON and hands every field that says something to the facts. Builds nothing, so that a
//! conversation of megabytes in it costs no memory.

use std::fmt;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::facts::{ErrorFacts, Field, Leaf, is_of_interest};

/// Takes an error, or several, wherever it stands.
pub(super) struct Walk<'a>(pub(super) &'a mut ErrorFacts);

impl<'de> DeserializeSeed<'de> for Walk<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(Value { facts: self.0, field: Field::Inner })
    }
}

/// Takes the value of a field.
struct Value<'a> {
    facts: &'a mut ErrorFacts,
    field: Field,
}

impl<'de> DeserializeSeed<'de> for Value<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        if self.field == Field::Other {
            IgnoredAny::deserialize(deserializer).map(|_| ())
        } else {
            deserializer.deserialize_any(self)
        }
    }
}

impl<'de> Visitor<'de> for Value<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("anything")
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        self.facts.take(self.field, Leaf::Text(text));
        Ok(())
    }

    fn visit_f64<E>(self, number: f64) -> Result<(), E> {
        self.facts.take(self.field, Leaf::Number(number));
        Ok(())
    }

    #[expect(clippy::cast_precision_loss, reason = "statuses, seconds and times are exact")]
    fn visit_u64<E>(self, number: u64) -> Result<(), E> {
        self.facts.take(self.field, Leaf::Number(number as f64));
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        if self.field.is_error() {
            while seq.next_element_seed(Walk(self.facts))?.is_some() {}
        } else {
            while seq.next_element::<IgnoredAny>()?.is_some() {}
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Self { facts, field } = self;
        if field == Field::Headers {
            return headers(facts, map);
        }
        let mut has_body = false;
        while let Some(Name(name)) = map.next_key()? {
            let is_known = !field.is_error() || (name == Field::Data && has_body);
            let field = if is_known { Field::Other } else { name };
            has_body |= field == Field::Body;
            map.next_value_seed(Value { facts, field })?;
        }
        Ok(())
    }
}

fn headers<'de, A: MapAccess<'de>>(facts: &mut ErrorFacts, mut map: A) -> Result<(), A::Error> {
    while let Some(mut name) = map.next_key::<String>()? {
        name.make_ascii_lowercase();
        if is_of_interest(&name) {
            facts.headers.push((name, map.next_value()?));
        } else {
            map.next_value::<IgnoredAny>()?;
        }
    }
    Ok(())
}

/// A field's name.
struct Name(Field);

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(NameVisitor)
    }
}

struct NameVisitor;

impl Visitor<'_> for NameVisitor {
    type Value = Name;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E>(self, name: &str) -> Result<Name, E> {
        Ok(Name(Field::named(name)))
    }
}
