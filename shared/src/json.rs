//! Typed values out of JSON, with the path of what does not fit.
//!
//! Everything that comes from outside as JSON is read in two steps: text to [`Value`], `Value` to the
//! type. So that each type is compiled for one deserializer, which matters where a program is
//! downloaded, and an error names its place: `texts.consent.en`, `recommenders[2]`.

use serde::de::{
    DeserializeOwned, DeserializeSeed, EnumAccess, Error as _, IntoDeserializer, MapAccess,
    SeqAccess, Unexpected, VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;
use serde_json::{Map, Value};
use std::fmt;

/// Reads a value of a type.
///
/// # Errors
///
/// If the text is no JSON, or the first thing in it that does not fit the type.
pub fn from_slice<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ValueError> {
    let value: Value =
        serde_json::from_slice(bytes).map_err(|reason| ValueError { steps: Vec::new(), reason })?;
    from_value(&value)
}

/// Takes a value for one of a type.
///
/// # Errors
///
/// The first thing that does not fit, with its path.
pub fn from_value<T: DeserializeOwned>(value: &Value) -> Result<T, ValueError> {
    T::deserialize(Node(value))
}

/// What types read a value from.
pub fn reader(value: &Value) -> impl serde::Deserializer<'_, Error = ValueError> {
    Node(value)
}

/// What types write a value to.
pub fn writer() -> serde_json::value::Serializer {
    serde_json::value::Serializer
}

/// The fields of an enum whose entry `tag` names the variant, from `{"VARIANT": {...}}`.
///
/// What serde itself makes of a tag within compiles every type once more, for a deserializer of its
/// own. Hence enums derive `{"VARIANT": {...}}` alone and go through this and [`untagged`].
pub fn tagged(variant: Value, tag: &str) -> Map<String, Value> {
    let (name, mut fields) = match variant {
        Value::Object(outer) => match outer.into_iter().next() {
            Some((name, Value::Object(fields))) => (Value::String(name), fields),
            other => unreachable!("a variant without named fields: {other:?}"),
        },
        name => (name, Map::new()),
    };
    fields.insert(tag.to_owned(), name);
    fields
}

/// `{"VARIANT": {...}}`, from the fields of an enum whose entry `tag` names the variant.
///
/// # Errors
///
/// If there is no such entry, or it is no text.
pub fn untagged(mut fields: Map<String, Value>, tag: &str) -> Result<Value, String> {
    match fields.remove(tag) {
        Some(Value::String(name)) if fields.is_empty() => Ok(Value::String(name)),
        Some(Value::String(name)) => {
            let mut outer = Map::new();
            outer.insert(name, Value::Object(fields));
            Ok(Value::Object(outer))
        }
        Some(_) => Err(format!("field `{tag}` must be a text")),
        None => Err(format!("missing field `{tag}`")),
    }
}

/// What does not fit, and where.
#[derive(Debug)]
pub struct ValueError {
    /// From the innermost step outwards.
    steps: Vec<Step>,
    reason: serde_json::Error,
}

#[derive(Debug)]
enum Step {
    Key(String),
    Index(usize),
}

impl ValueError {
    /// Where it is, as `texts.consent.en` or `recommenders[2]`; empty for the whole.
    pub fn path(&self) -> String {
        let mut path = String::new();
        for step in self.steps.iter().rev() {
            match step {
                Step::Key(key) if path.is_empty() => path.push_str(key),
                Step::Key(key) => {
                    path.push('.');
                    path.push_str(key);
                }
                Step::Index(at) => {
                    path.push('[');
                    path.push_str(&at.to_string());
                    path.push(']');
                }
            }
        }
        path
    }

    /// What does not fit, without the path.
    pub fn into_reason(self) -> serde_json::Error {
        self.reason
    }

    fn below(mut self, step: Step) -> Self {
        self.steps.push(step);
        self
    }
}

impl fmt::Display for ValueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.path() {
            path if path.is_empty() => self.reason.fmt(f),
            path => write!(f, "{path}: {}", self.reason),
        }
    }
}

impl std::error::Error for ValueError {}

impl serde::de::Error for ValueError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self { steps: Vec::new(), reason: serde_json::Error::custom(message) }
    }
}

/// A place in a value.
#[derive(Clone, Copy)]
struct Node<'de>(&'de Value);

impl<'de> serde::Deserializer<'de> for Node<'de> {
    type Error = ValueError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        match self.0 {
            Value::Null => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(*value),
            Value::String(text) => visitor.visit_borrowed_str(text),
            Value::Array(values) => visitor.visit_seq(Elements { values, next: 0 }),
            Value::Object(map) => visitor.visit_map(Entries::of(map)),
            Value::Number(number) => match (number.as_u64(), number.as_i64(), number.as_f64()) {
                (Some(value), _, _) => visitor.visit_u64(value),
                (None, Some(value), _) => visitor.visit_i64(value),
                (None, None, value) => visitor.visit_f64(value.unwrap_or(f64::NAN)),
            },
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        match self.0 {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, ValueError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ValueError> {
        match self.0 {
            Value::String(variant) => visitor.visit_enum(Variant { variant, content: None }),
            Value::Object(map) if map.len() == 1 => {
                let (variant, content) = map.iter().next().expect("an object with one entry");
                visitor.visit_enum(Variant { variant, content: Some(Node(content)) })
            }
            _ => Err(self.unexpected(&"a name, or an object with one entry")),
        }
    }

    // Each kind alone, and not whatever stands there: what a type makes of all the others, such as an array in place of its
    // fields, is then not compiled for every type.

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ValueError> {
        self.deserialize_map(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        match self.0 {
            Value::Object(map) => visitor.visit_map(Entries::of(map)),
            _ => Err(self.unexpected(&visitor)),
        }
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        match self.0 {
            Value::Array(values) => visitor.visit_seq(Elements { values, next: 0 }),
            _ => Err(self.unexpected(&visitor)),
        }
    }

    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        _len: usize,
        visitor: V,
    ) -> Result<V::Value, ValueError> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _len: usize,
        visitor: V,
    ) -> Result<V::Value, ValueError> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        match self.0 {
            Value::String(text) => visitor.visit_borrowed_str(text),
            _ => Err(self.unexpected(&visitor)),
        }
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        self.deserialize_str(visitor)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char bytes byte_buf unit unit_struct identifier ignored_any
    }
}

impl Node<'_> {
    fn unexpected(self, expected: &dyn serde::de::Expected) -> ValueError {
        let unexpected = match self.0 {
            Value::Null => Unexpected::Unit,
            Value::Bool(value) => Unexpected::Bool(*value),
            Value::String(text) => Unexpected::Str(text),
            Value::Array(_) => Unexpected::Seq,
            Value::Object(_) => Unexpected::Map,
            Value::Number(number) => match (number.as_u64(), number.as_i64(), number.as_f64()) {
                (Some(value), _, _) => Unexpected::Unsigned(value),
                (None, Some(value), _) => Unexpected::Signed(value),
                (None, None, value) => Unexpected::Float(value.unwrap_or(f64::NAN)),
            },
        };
        ValueError::invalid_type(unexpected, expected)
    }
}

struct Elements<'de> {
    values: &'de [Value],
    next: usize,
}

impl<'de> SeqAccess<'de> for Elements<'de> {
    type Error = ValueError;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, ValueError> {
        let at = self.next;
        let Some(value) = self.values.get(at) else { return Ok(None) };
        self.next += 1;
        seed.deserialize(Node(value)).map(Some).map_err(|error| error.below(Step::Index(at)))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.values.len() - self.next)
    }
}

struct Entries<'de> {
    entries: serde_json::map::Iter<'de>,
    open: Option<(&'de String, &'de Value)>,
}

impl<'de> Entries<'de> {
    fn of(map: &'de Map<String, Value>) -> Self {
        Self { entries: map.iter(), open: None }
    }
}

impl<'de> MapAccess<'de> for Entries<'de> {
    type Error = ValueError;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, ValueError> {
        self.open = self.entries.next();
        let Some((key, _)) = self.open else { return Ok(None) };
        let key_of_text = serde::de::value::BorrowedStrDeserializer::new(key);
        seed.deserialize(key_of_text)
            .map(Some)
            .map_err(|error: ValueError| error.below(Step::Key(key.clone())))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(
        &mut self,
        seed: V,
    ) -> Result<V::Value, ValueError> {
        let (key, value) = self.open.take().expect("a key is read before its value");
        seed.deserialize(Node(value)).map_err(|error| error.below(Step::Key(key.clone())))
    }
}

struct Variant<'de> {
    variant: &'de str,
    content: Option<Node<'de>>,
}

impl<'de> EnumAccess<'de> for Variant<'de> {
    type Error = ValueError;
    type Variant = Content<'de>;

    fn variant_seed<V: DeserializeSeed<'de>>(
        self,
        seed: V,
    ) -> Result<(V::Value, Content<'de>), ValueError> {
        let name = IntoDeserializer::<ValueError>::into_deserializer(self.variant);
        Ok((seed.deserialize(name)?, Content(self.content)))
    }
}

struct Content<'de>(Option<Node<'de>>);

impl<'de> VariantAccess<'de> for Content<'de> {
    type Error = ValueError;

    fn unit_variant(self) -> Result<(), ValueError> {
        match self.0 {
            None => Ok(()),
            Some(node) => Err(node.unexpected(&"a name without anything")),
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(
        self,
        seed: T,
    ) -> Result<T::Value, ValueError> {
        match self.0 {
            Some(node) => seed.deserialize(node),
            None => Err(ValueError::invalid_type(Unexpected::UnitVariant, &"a value")),
        }
    }

    fn tuple_variant<V: Visitor<'de>>(
        self,
        _len: usize,
        visitor: V,
    ) -> Result<V::Value, ValueError> {
        match self.0 {
            Some(node) => serde::Deserializer::deserialize_seq(node, visitor),
            None => Err(ValueError::invalid_type(Unexpected::UnitVariant, &"an array")),
        }
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ValueError> {
        match self.0 {
            Some(node) => serde::Deserializer::deserialize_map(node, visitor),
            None => Err(ValueError::invalid_type(Unexpected::UnitVariant, &"an object")),
        }
    }
}

#[cfg(test)]
mod tests;
