//! One value of a document, and what it holds.

use super::tree::Node;
use super::{Document, Kind};
use memchr::memchr;

/// One value of a [`Document`].
#[derive(Clone, Copy)]
pub(crate) struct Value<'a> {
    pub(super) document: &'a Document,
    pub(super) index: u32,
}

impl<'a> Value<'a> {
    fn node(&self) -> &'a Node {
        &self.document.nodes[self.index as usize]
    }

    pub(crate) fn kind(&self) -> Kind {
        self.node().kind
    }

    /// Whether any string of the document may hold a control character. JSON has them escaped,
    /// save for those from U+007F to U+009F. It may say yes where there is none.
    pub(crate) fn may_hold_control_characters(&self) -> bool {
        let Document { source, unescaped, .. } = self.document;
        !unescaped.is_empty() || !source.is_ascii() || memchr(0x7f, source.as_bytes()).is_some()
    }

    pub(crate) fn as_str(&self) -> Option<&'a str> {
        (self.kind() == Kind::String).then(|| self.document.text(self.node().string))
    }

    pub(crate) fn as_bool(&self) -> Option<bool> {
        match self.kind() {
            Kind::True => Some(true),
            Kind::False => Some(false),
            _ => None,
        }
    }

    /// The text of a number, as written.
    pub(crate) fn as_number(&self) -> Option<&'a str> {
        (self.kind() == Kind::Number).then(|| self.as_json())
    }

    /// The JSON text of this value, as written.
    pub(crate) fn as_json(&self) -> &'a str {
        self.document.text(self.node().written)
    }

    pub(crate) fn as_object(&self) -> Option<Members<'a>> {
        (self.kind() == Kind::Object).then(|| Members(self.children()))
    }

    pub(crate) fn as_array(&self) -> Option<Elements<'a>> {
        (self.kind() == Kind::Array).then(|| Elements(self.children()))
    }

    /// The member of an object by its name.
    pub(crate) fn get(&self, name: &str) -> Option<Value<'a>> {
        if self.kind() != Kind::Object {
            return None;
        }
        let hash = self.document.index.key.hash(name.as_bytes());
        if self.index == 0 && self.document.index.is_complete() {
            return self.document.indexed(hash, name);
        }
        let nodes = &self.document.nodes;
        let end = self.node().next;
        let mut index = self.index + 1;
        while index < end {
            let node = &nodes[index as usize];
            if node.name_hash == hash && self.document.text(node.name) == name {
                return Some(Value { document: self.document, index });
            }
            index = node.next;
        }
        None
    }

    fn children(&self) -> Children<'a> {
        Children { document: self.document, index: self.index + 1, end: self.node().next }
    }
}

struct Children<'a> {
    document: &'a Document,
    index: u32,
    end: u32,
}

impl<'a> Iterator for Children<'a> {
    type Item = Value<'a>;

    fn next(&mut self) -> Option<Value<'a>> {
        (self.index < self.end).then(|| {
            let value = Value { document: self.document, index: self.index };
            self.index = value.node().next;
            value
        })
    }
}

/// The members of an object, in the order of the text.
pub(crate) struct Members<'a>(Children<'a>);

impl<'a> Iterator for Members<'a> {
    type Item = (&'a str, Value<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        let value = self.0.next()?;
        Some((value.document.text(value.node().name), value))
    }
}

/// The elements of an array, in the order of the text.
pub(crate) struct Elements<'a>(Children<'a>);

impl<'a> Iterator for Elements<'a> {
    type Item = Value<'a>;

    fn next(&mut self) -> Option<Value<'a>> {
        self.0.next()
    }
}
