//! Functions in an order that compresses. A module lists the types of its functions, and then their bodies; where functions
//! of one type stand together, and like ones beside each other, the list is a few runs, and what repeats is near.

use std::convert::Infallible;

use wasm_encoder::reencode::{self, Reencode};
use wasm_encoder::{CodeSection, FunctionSection, Module};
use wasmparser::{CodeSectionReader, FunctionBody, FunctionSectionReader, Parser, Payload, TypeRef};

use crate::error::{Error, Result};

/// The same module with its functions by type, and those of a type by their sizes and bodies.
pub fn reorder(module: &[u8]) -> Result<Vec<u8>> {
    let unreadable = |error| Error::Module(reencode::Error::ParseError(error));
    let Functions { imported, types, bodies } = functions(module).map_err(unreadable)?;
    let mut order: Vec<usize> = (0..types.len()).collect();
    order.sort_by_key(|at| {
        let body = bodies.get(*at).copied().unwrap_or_default();
        (types[*at], body.len(), body)
    });
    let mut places = vec![0; order.len()];
    for (place, at) in order.iter().enumerate() {
        places[*at] = place as u32;
    }

    let mut reordered = Module::new();
    let mut reorderer = Reorderer { imported, order, places };
    reorderer.parse_core_module(&mut reordered, Parser::new(0), module).map_err(Error::Module)?;
    Ok(reordered.finish())
}

/// What a module says of its functions.
#[derive(Default)]
struct Functions<'a> {
    /// How many are imported: those come first in the count of all, and keep their places.
    imported: u32,
    /// The type of each of its own.
    types: Vec<u32>,
    /// The body of each of its own.
    bodies: Vec<&'a [u8]>,
}

fn functions(module: &[u8]) -> wasmparser::Result<Functions<'_>> {
    let mut functions = Functions::default();
    for payload in Parser::new(0).parse_all(module) {
        match payload? {
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    if let TypeRef::Func(_) = import?.ty {
                        functions.imported += 1;
                    }
                }
            }
            Payload::FunctionSection(section) => {
                functions.types = section.into_iter().collect::<wasmparser::Result<_>>()?;
            }
            Payload::CodeSectionEntry(body) => functions.bodies.push(body.as_bytes()),
            _ => {}
        }
    }
    Ok(functions)
}

struct Reorderer {
    imported: u32,
    /// Which function comes at each place.
    order: Vec<usize>,
    /// The place of each function.
    places: Vec<u32>,
}

impl Reencode for Reorderer {
    type Error = Infallible;

    fn function_index(&mut self, function: u32) -> std::result::Result<u32, reencode::Error> {
        let own = function.checked_sub(self.imported).and_then(|own| self.places.get(own as usize));
        Ok(own.map_or(function, |place| place + self.imported))
    }

    fn parse_function_section(
        &mut self,
        functions: &mut FunctionSection,
        section: FunctionSectionReader<'_>,
    ) -> std::result::Result<(), reencode::Error> {
        let types: Vec<u32> = section.into_iter().collect::<wasmparser::Result<_>>()?;
        for at in &self.order {
            functions.function(types[*at]);
        }
        Ok(())
    }

    fn parse_code_section(
        &mut self,
        code: &mut CodeSection,
        section: CodeSectionReader<'_>,
    ) -> std::result::Result<(), reencode::Error> {
        let bodies: Vec<FunctionBody<'_>> = section.into_iter().collect::<wasmparser::Result<_>>()?;
        for at in self.order.clone() {
            if let Some(body) = bodies.get(at) {
                self.parse_function_body(code, body.clone())?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use wasm_encoder::{
        EntityType, ExportKind, ExportSection, Function, ImportSection, TypeSection, ValType,
    };

    use super::*;

    /// Imports a function; has one that gives 7 (exported as `seven`), one of another type that calls the import, and one
    /// that calls `seven` and gives what that gives (exported as `same`).
    fn module() -> Vec<u8> {
        let mut types = TypeSection::new();
        types.ty().function([], []);
        types.ty().function([], [ValType::I32]);
        let mut imports = ImportSection::new();
        imports.import("a", "b", EntityType::Function(0));
        let mut functions = FunctionSection::new();
        functions.function(1).function(0).function(1);
        let mut exports = ExportSection::new();
        exports.export("seven", ExportKind::Func, 1).export("same", ExportKind::Func, 3);
        let mut code = CodeSection::new();
        let mut body = |write: &dyn Fn(&mut Function)| {
            let mut function = Function::new([]);
            write(&mut function);
            function.instructions().end();
            code.function(&function);
        };
        body(&|function| {
            function.instructions().i32_const(7);
        });
        body(&|function| {
            function.instructions().call(0);
        });
        body(&|function| {
            function.instructions().call(1);
        });
        let mut module = Module::new();
        module.section(&types).section(&imports).section(&functions).section(&exports).section(&code);
        module.finish()
    }

    /// The functions that are exported, by name.
    fn exports(module: &[u8]) -> Vec<(String, u32)> {
        let mut exports = Vec::new();
        for payload in Parser::new(0).parse_all(module) {
            if let Payload::ExportSection(section) = payload.unwrap() {
                exports.extend(section.into_iter().map(|export| {
                    let export = export.unwrap();
                    (export.name.to_owned(), export.index)
                }));
            }
        }
        exports
    }

    #[test]
    fn functions_of_a_type_stand_together_and_calls_find_them() {
        let reordered = reorder(&module()).unwrap();
        let Functions { imported, types, bodies } = functions(&reordered).unwrap();
        assert_eq!((imported, types), (1, vec![0, 1, 1]));
        // 0x10 calls, 0x41 gives a number, 0x0b ends.
        let (calls_import, calls_seven, seven) = ([0, 0x10, 0, 0x0b], [0, 0x10, 3, 0x0b], [0, 0x41, 7, 0x0b]);
        assert_eq!(bodies, [&calls_import[..], &calls_seven, &seven]);
        assert_eq!(exports(&reordered), [("seven".to_owned(), 3), ("same".to_owned(), 2)]);
    }

    #[test]
    fn a_module_that_is_in_order_stays_as_it_is() {
        let once = reorder(&module()).unwrap();
        assert_eq!(reorder(&once).unwrap(), once);
    }

    #[test]
    fn what_is_no_module_is_refused() {
        assert!(matches!(reorder(b"<!doctype html>"), Err(Error::Module(_))));
    }
}
