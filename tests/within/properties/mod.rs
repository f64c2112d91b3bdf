//! Properties: what holds for any input, tried on generated ones.

mod changes;
mod parsers;
mod paths;
mod tenants;
mod widening;
