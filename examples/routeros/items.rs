//! The items of a menu: `print`, `find`, `get` and `remove`.

use std::rc::Rc;

use crate::arguments::{Argument, Arguments, missing, one_of};
use crate::common::printable::printable;
use crate::script::{Condition, Element, Failure, Value};
use crate::shell::{STEP, Shell};

/// A menu with items.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Menu {
    Port,
    Inbox,
    Scripts,
    Logging,
    Log,
}

/// An item of a menu.
#[derive(Debug, Clone)]
pub(crate) struct Item {
    /// The internal number, which no other item of the menu gets.
    pub(crate) id: u32,
    /// The number in the last listing.
    pub(crate) number: usize,
    pub(crate) properties: Vec<(&'static str, String)>,
}

/// A column of a listing.
struct Column {
    property: &'static str,
    heading: &'static str,
    width: usize,
}

const fn column(property: &'static str, heading: &'static str, width: usize) -> Column {
    Column { property, heading, width }
}

impl Menu {
    /// The columns of the listing; the last one has no width.
    const fn columns(self) -> &'static [Column] {
        match self {
            Self::Port => {
                const {
                    &[
                        column("device", "DEVICE", 14),
                        column("name", "NAME", 8),
                        column("channels", "CHANNELS", 8),
                        column("used-by", "USED-BY", 10),
                        column("baud-rate", "BAUD-RATE", 0),
                    ]
                }
            }
            Self::Inbox => {
                const {
                    &[
                        column("phone", "PHONE", 14),
                        column("timestamp", "TIMESTAMP", 27),
                        column("type", "TYPE", 13),
                        column("message", "MESSAGE", 0),
                    ]
                }
            }
            Self::Scripts => const { &[column("name", "NAME", 20), column("source", "SOURCE", 0)] },
            Self::Logging => {
                const {
                    &[
                        column("default", "", 1),
                        column("topics", "TOPICS", 24),
                        column("action", "ACTION", 10),
                        column("prefix", "PREFIX", 0),
                    ]
                }
            }
            Self::Log => const { &[] },
        }
    }

    /// The properties of its items.
    pub(crate) const fn properties(self) -> &'static [&'static str] {
        match self {
            Self::Port => &["device", "name", "channels", "used-by", "baud-rate"],
            Self::Inbox => &["source", "phone", "timestamp", "type", "message", "pdu"],
            Self::Scripts => &["name", "source"],
            Self::Logging => &["topics", "action", "prefix", "default"],
            Self::Log => &["time", "topics", "message"],
        }
    }

    /// Checks that its items have a property.
    fn check(self, name: &str) -> Result<(), String> {
        if name == ".id" || self.properties().contains(&name) {
            return Ok(());
        }
        let all = one_of(self.properties());
        Err(format!("{name} is not a property of these items: use {all}"))
    }

    /// The property by which an item can be named, beside its numbers.
    const fn key(self) -> Option<&'static str> {
        match self {
            Self::Port | Self::Scripts => Some("name"),
            _ => None,
        }
    }
}

impl Item {
    /// The value of a property.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let found = self.properties.iter().find(|(property, _)| *property == name);
        found.map(|(_, value)| value.as_str())
    }

    /// The value that a condition or a script sees.
    fn value(&self, menu: Menu, name: &str) -> Result<Value, String> {
        if name == ".id" {
            return Ok(Value::Id(self.id));
        }
        menu.check(name)?;
        let value = self.get(name).unwrap_or_default();
        Ok(match name {
            "channels" | "default" => Value::literal(value),
            // The words of a sender or a user are a text, even if they look like a number.
            _ => Value::from(value),
        })
    }

    /// The item as an array.
    fn array(&self) -> Result<Value, String> {
        let id: Element = (Some(Rc::from(".id")), Value::Id(self.id));
        let rest = self.properties.iter().map(|(name, value)| {
            let element: Element = (Some(Rc::from(*name)), Value::from(value.as_str()));
            element
        });
        Value::array([id].into_iter().chain(rest).collect())
    }
}

/// The options of `print`.
#[derive(Debug, Default)]
pub(crate) struct View {
    detail: bool,
    terse: bool,
    count_only: bool,
    as_value: bool,
    follow: bool,
    follow_only: bool,
    properties: Vec<String>,
    condition: Option<Condition>,
}

impl View {
    fn read(arguments: &mut Arguments, menu: Menu) -> Result<Self, Failure> {
        let mut view = Self {
            detail: arguments.flag("detail"),
            terse: arguments.flag("terse"),
            count_only: arguments.flag("count-only"),
            as_value: arguments.flag("as-value"),
            follow: arguments.flag("follow"),
            follow_only: arguments.flag("follow-only"),
            properties: Vec::new(),
            condition: arguments.condition(),
        };
        // Nothing is paged here.
        arguments.flag("without-paging");
        if let Some(list) = arguments.named("proplist") {
            for name in list.text().split(',') {
                menu.check(name).map_err(|what| list.refused(what))?;
                view.properties.push(name.into());
            }
        }
        arguments.end()?;
        view.check(menu)?;
        Ok(view)
    }

    /// Checks that the condition has only properties of the items.
    fn check(&self, menu: Menu) -> Result<(), Failure> {
        let condition = self.condition.as_ref();
        condition.map_or(Ok(()), |condition| condition.check(&|name| menu.check(name)))
    }

    fn selects(&self, menu: Menu, item: &Item) -> Result<bool, Failure> {
        self.condition
            .as_ref()
            .map_or(Ok(true), |condition| condition.matches(&|name| item.value(menu, name)))
    }

    fn has(&self, property: &str) -> bool {
        self.properties.is_empty() || self.properties.iter().any(|name| name == property)
    }

    /// The line above the items.
    fn heading(&self, menu: Menu) -> Option<String> {
        if self.detail || self.terse || menu.columns().is_empty() {
            return None;
        }
        let columns = menu.columns().iter().filter(|column| self.has(column.property));
        let cells = columns.map(|column| cell(column.property, column.heading, column.width));
        Some(format!("{:>2} {}", "#", cells.collect::<Vec<_>>().join(" ")))
    }

    /// The line of an item.
    fn line(&self, menu: Menu, item: &Item) -> String {
        let pairs = || item.properties.iter().filter(|(name, _)| self.has(name));
        if self.terse {
            // One line of name=value, which programs read.
            let shown = pairs().map(|(name, value)| format!(" {name}={}", printable(value)));
            return format!("{}{}", item.number, shown.collect::<String>());
        }
        if self.detail {
            let shown = pairs().map(|(name, value)| match *name {
                "message" | "source" if menu != Menu::Inbox || *name == "message" => {
                    format!(" {name}={}", quoted(value))
                }
                _ => format!(" {name}={}", printable(value)),
            });
            return format!("{:>2}{}", item.number, shown.collect::<String>());
        }
        if menu == Menu::Log {
            let shown = pairs().map(|(_, value)| value.clone());
            return shown.collect::<Vec<_>>().join(" ");
        }
        let columns = menu.columns().iter().filter(|column| self.has(column.property));
        let cells = columns.map(|column| {
            let value = printable(item.get(column.property).unwrap_or_default());
            cell(column.property, &value, column.width)
        });
        format!("{:>2} {}", item.number, cells.collect::<Vec<_>>().join(" "))
    }
}

fn cell(property: &str, text: &str, width: usize) -> String {
    match property {
        "channels" => format!("{text:>width$}"),
        "default" => String::from(if text == "true" { "*" } else { " " }),
        _ => format!("{text:<width$}"),
    }
}

/// The text in quotes, as the console reads it.
pub(crate) fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' | '$' => {
                quoted.push('\\');
                quoted.push(character);
            }
            other => quoted += &printable(other.encode_utf8(&mut [0; 4])),
        }
    }
    quoted + "\""
}

/// The internal numbers of the items of a menu, by what identifies each.
#[derive(Debug, Default)]
pub(crate) struct Ids {
    known: Vec<(u32, String)>,
    last: u32,
}

impl Ids {
    /// The numbers of these items; those of other items are forgotten.
    pub(crate) fn assign(&mut self, keys: Vec<String>) -> Vec<u32> {
        let mut known = Vec::new();
        for key in keys {
            let id = match self.known.iter().position(|(_, other)| *other == key) {
                Some(at) => self.known.swap_remove(at).0,
                None => {
                    self.last = self.last.wrapping_add(1);
                    self.last
                }
            };
            known.push((id, key));
        }
        self.known = known;
        self.known.iter().map(|(id, _)| *id).collect()
    }
}

impl Shell {
    pub(crate) fn print_items(
        &mut self,
        menu: Menu,
        mut arguments: Arguments,
    ) -> Result<Value, Failure> {
        let is_used = arguments.is_used;
        let view = View::read(&mut arguments, menu)?;
        let follows = view.follow || view.follow_only;
        if follows {
            self.check_follow(menu)?;
        }
        let items = self.items(menu)?;
        let mut selected = Vec::new();
        for item in &items {
            if view.selects(menu, item)? {
                selected.push(item);
            }
        }
        if view.count_only {
            let count = selected.len();
            if !is_used {
                self.output.line(&count.to_string());
            }
            return Ok(Value::Number(i64::try_from(count).unwrap_or(i64::MAX)));
        }
        if view.as_value {
            let arrays = selected.iter().map(|item| Ok((None, item.array()?)));
            return Ok(Value::array(arrays.collect::<Result<_, String>>()?)?);
        }
        self.printed.insert(menu, items.iter().map(|item| item.id).collect());
        if menu == Menu::Logging && !view.terse {
            self.output.heading("Flags: X - disabled, I - invalid, * - default");
        }
        if let Some(heading) = view.heading(menu) {
            self.output.heading(heading.trim_end());
        }
        if !view.follow_only {
            for item in selected {
                self.output.line(view.line(menu, item).trim_end());
            }
        }
        if menu == Menu::Inbox {
            self.report_full()?;
        }
        if follows {
            self.follow(menu, &view)?;
        }
        Ok(Value::Nothing)
    }

    /// Prints each new item, until the reader interrupts.
    fn follow(&mut self, menu: Menu, view: &View) -> Result<(), Failure> {
        let mut seen: Vec<u32> = self.items(menu)?.iter().map(|item| item.id).collect();
        self.follows = menu == Menu::Inbox;
        let result = loop {
            let is_last = self.is_interrupted();
            self.run_for(STEP);
            let items = match menu {
                // The messages are at hand, so that the modem is not asked in each round.
                Menu::Inbox => self.arrived_items(seen.len()),
                _ => self.items(menu)?,
            };
            for item in items.iter().filter(|item| !seen.contains(&item.id)) {
                match view.selects(menu, item) {
                    Ok(true) => self.output.line(view.line(menu, item).trim_end()),
                    Ok(false) => {}
                    Err(failure) => {
                        self.follows = false;
                        return Err(failure);
                    }
                }
            }
            match menu {
                Menu::Inbox => seen.extend(items.iter().map(|item| item.id)),
                _ => seen = items.iter().map(|item| item.id).collect(),
            }
            if is_last {
                break Ok(());
            }
        };
        self.follows = false;
        // The numbers that were shown go on after those of the listing.
        self.printed.remove(&menu);
        result
    }

    pub(crate) fn find_items(
        &mut self,
        menu: Menu,
        mut arguments: Arguments,
    ) -> Result<Value, Failure> {
        let view = View { condition: arguments.as_condition()?, ..View::default() };
        view.check(menu)?;
        let mut found: Vec<Element> = Vec::new();
        for item in self.items(menu)? {
            if view.selects(menu, &item)? {
                found.push((None, Value::Id(item.id)));
            }
        }
        Ok(Value::array(found)?)
    }

    pub(crate) fn get_item(
        &mut self,
        menu: Menu,
        mut arguments: Arguments,
    ) -> Result<Value, Failure> {
        let number = arguments
            .named("number")
            .or_else(|| arguments.unnamed())
            .ok_or_else(|| missing("number"))?;
        let property = arguments.named("value-name").or_else(|| arguments.unnamed());
        arguments.end()?;
        let items = self.chosen(menu, &number)?;
        let [item] = items.as_slice() else {
            return Err(number.refused(format_args!("get needs one item, not {}", items.len())));
        };
        match property {
            None => Ok(item.array()?),
            Some(name) => {
                item.value(menu, &name.text()).map_err(|what| Failure::new(what, name.at))
            }
        }
    }

    /// The items that a value names: by their internal numbers, names, or numbers in the last
    /// listing.
    pub(crate) fn chosen(&mut self, menu: Menu, value: &Argument) -> Result<Vec<Item>, Failure> {
        let items = self.items(menu)?;
        let printed = self.printed.get(&menu);
        let wanted = match &value.value {
            Value::Array(elements) => elements.iter().map(|(_, value)| value.clone()).collect(),
            Value::Text(text) => text.split(',').map(|part| Value::literal(part.trim())).collect(),
            other => vec![other.clone()],
        };
        let mut chosen: Vec<Item> = Vec::new();
        for wanted in wanted {
            let text = wanted.text();
            let named = |item: &&Item| menu.key().is_some_and(|key| item.get(key) == Some(&text));
            let by_id = |id: u32| items.iter().find(|item| item.id == id);
            let found = items.iter().find(named).or_else(|| match wanted {
                Value::Id(id) => by_id(id),
                _ => {
                    let number: usize = text.parse().ok()?;
                    match printed {
                        Some(ids) => by_id(*ids.get(number)?),
                        None => items.get(number),
                    }
                }
            });
            let found = found.ok_or_else(|| match menu {
                Menu::Scripts => Failure::from(crate::scripts::no_script(&text)),
                _ => value.refused(format_args!(
                    "the item {text:?} does not exist: print the list first"
                )),
            })?;
            if !chosen.iter().any(|item| item.id == found.id) {
                chosen.push(found.clone());
            }
        }
        Ok(chosen)
    }

    pub(crate) fn remove_items(
        &mut self,
        menu: Menu,
        mut arguments: Arguments,
    ) -> Result<Value, Failure> {
        let numbers = arguments.positional("numbers")?;
        arguments.end()?;
        let items = self.chosen(menu, &numbers)?;
        // The numbers of the last listing are invalid after a removal.
        self.printed.remove(&menu);
        match menu {
            Menu::Inbox => self.inbox_remove(&items)?,
            Menu::Scripts => self.store.change(|kept| {
                kept.script.retain(|script| {
                    !items.iter().any(|item| item.get("name") == Some(&script.name))
                });
                Ok(())
            })?,
            Menu::Logging => self.remove_rules(&items).map_err(|what| numbers.refused(what))?,
            Menu::Port | Menu::Log => {}
        }
        Ok(Value::Nothing)
    }
}
