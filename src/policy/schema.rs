//! The JSON Schema of the configuration, made from the types that read it.

use super::document::Document;
use schemars::Schema;
use schemars::generate::SchemaSettings;
use schemars::transform::RecursiveTransform;
use serde_json::{Value, json};

/// The schema (draft 2020-12), as text.
pub(crate) fn schema() -> String {
    let settings = SchemaSettings::draft2020_12().with_transform(RecursiveTransform(without_null));
    format!("{:#}", settings.into_generator().into_root_schema_for::<Document>().to_value())
}

/// An optional field may be left out, and may not be null.
fn without_null(schema: &mut Schema) {
    let Some(schema) = schema.as_object_mut() else { return };
    if schema.get("default") == Some(&Value::Null) {
        schema.remove("default");
    }
    if let Some(kind) = only_other(schema.get("type"), &json!("null")) {
        schema.insert("type".to_owned(), kind);
    }
    if let Some(Value::Object(other)) = only_other(schema.get("anyOf"), &json!({ "type": "null" })) {
        schema.remove("anyOf");
        schema.extend(other);
    }
}

/// Of an array of two, the one that is not `null`.
fn only_other(alternatives: Option<&Value>, null: &Value) -> Option<Value> {
    let alternatives = alternatives?.as_array().filter(|all| all.len() == 2 && all.contains(null))?;
    alternatives.iter().find(|alternative| *alternative != null).cloned()
}
