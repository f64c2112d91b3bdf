//! Changes JSON value by value: bytes that change at random are seldom JSON any more, and reach nothing behind a parser.

use std::ops::Range;

/// What a target's documents are made of.
pub struct Words {
    /// Members of objects, as JSON.
    pub members: &'static [&'static str],
    /// Values, as JSON.
    pub values: &'static [&'static str],
}

const COMMON: [&str; 14] = [
    "null",
    "true",
    "false",
    "0",
    "-1",
    "1.5",
    "1e9",
    "\"\"",
    "\"a\"",
    "\"\\u0000\"",
    "\"\\ud83d\\ude00\"",
    "[]",
    "{}",
    "[[\"a\"]]",
];

/// Changes the text in `data`, of which `size` bytes are used, and returns its new size.
pub fn mutate(data: &mut [u8], size: usize, max: usize, seed: u32, words: &Words) -> usize {
    let mut random = Random(u64::from(seed));
    let mut text = data[..size].to_vec();
    let spans = spans(&text);
    if spans.is_empty() || random.below(12) == 0 {
        return libfuzzer_sys::fuzzer_mutate(data, size, max);
    }
    for _ in 0..=random.below(2) {
        change(&mut text, words, &mut random);
    }
    if text.len() > max.min(data.len()) {
        return libfuzzer_sys::fuzzer_mutate(data, size, max);
    }
    data[..text.len()].copy_from_slice(&text);
    text.len()
}

fn change(text: &mut Vec<u8>, words: &Words, random: &mut Random) {
    let spans = spans(text);
    if spans.is_empty() {
        return;
    }
    let span = random.pick(&spans).clone();
    match random.below(9) {
        0 => drop(text.splice(span, words.value(random))),
        1 | 7 | 8 => set(text, words, random),
        2 => {
            let other = text[random.pick(&spans).clone()].to_vec();
            text.splice(span, other);
        }
        3 => remove(text, span),
        4 => drop(text.splice(span.clone(), [b"[", &text[span].to_vec()[..], b"]"].concat())),
        5 => drop(text.splice(span, words.name(random))),
        _ => within(text, span),
    }
}

/// Gives a member another value where its name stands, or adds it to an object.
fn set(text: &mut Vec<u8>, words: &Words, random: &mut Random) {
    let (name, value) = match random.below(3) {
        0 => (words.name(random), words.value(random)),
        _ => random.pick(words.members).split_once(':').map(|(a, b)| (a.into(), b.into())).unwrap_or_default(),
    };
    let spans = spans(text);
    let is_name = |span: &&Range<usize>| text[(*span).clone()] == name[..] && text.get(span.end) == Some(&b':');
    let named: Vec<usize> = spans.iter().filter(is_name).map(|span| span.end + 1).collect();
    let olds: Vec<_> = spans.iter().filter(|span| named.contains(&span.start)).cloned().collect();
    let starts: Vec<usize> = (0..text.len()).filter(|at| text[*at] == b'{').collect();
    if !olds.is_empty() && random.below(4) > 0 {
        text.splice(random.pick(&olds).clone(), value);
    } else if !starts.is_empty() {
        let at = *random.pick(&starts) + 1;
        let comma: &[u8] = if text.get(at) == Some(&b'}') { b"" } else { b"," };
        text.splice(at..at, [&name, &b":"[..], &value, comma].concat());
    }
}

/// Removes a value, or a member if the span is its name, with the comma after it or before it.
fn remove(text: &mut Vec<u8>, span: Range<usize>) {
    let Range { mut start, mut end } = span;
    if text.get(end) == Some(&b':') {
        end = spans(text).iter().find(|value| value.start == end + 1).map_or(end + 1, |value| value.end);
    }
    if text.get(end) == Some(&b',') {
        end += 1;
    } else if start > 0 && text[start - 1] == b',' {
        start -= 1;
    }
    text.drain(start..end);
}

/// Lets libFuzzer change the bytes of one value.
fn within(text: &mut Vec<u8>, span: Range<usize>) {
    let size = span.len();
    let mut room = text[span.clone()].to_vec();
    room.resize(size + 16, 0);
    let max = room.len();
    let changed = libfuzzer_sys::fuzzer_mutate(&mut room, size, max);
    room.truncate(changed);
    text.splice(span, room);
}

/// Where values and names stand: strings, words, and what stands between brackets.
fn spans(text: &[u8]) -> Vec<Range<usize>> {
    let (mut found, mut open, mut at) = (Vec::new(), Vec::new(), 0);
    while at < text.len() {
        let start = at;
        at += 1;
        match text[start] {
            b'"' => {
                at = end_of_string(text, at);
                found.push(start..at);
            }
            b'{' | b'[' => open.push(start),
            b'}' | b']' => found.extend(open.pop().map(|start| start..at)),
            byte if is_of_word(byte) => {
                at += text[at..].iter().take_while(|byte| is_of_word(**byte)).count();
                found.push(start..at);
            }
            _ => {}
        }
    }
    found
}

fn is_of_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-+.".contains(&byte)
}

fn end_of_string(text: &[u8], mut at: usize) -> usize {
    while let Some(byte) = text.get(at) {
        at += if *byte == b'\\' { 2 } else { 1 };
        if *byte == b'"' {
            break;
        }
    }
    at.min(text.len())
}

impl Words {
    fn name(&self, random: &mut Random) -> Vec<u8> {
        let member = random.pick(self.members);
        member.split_once(':').map_or(*member, |(name, _)| name).as_bytes().to_vec()
    }

    fn value(&self, random: &mut Random) -> Vec<u8> {
        let values = if random.below(3) == 0 { &COMMON } else { self.values };
        random.pick(values).as_bytes().to_vec()
    }
}

/// SplitMix64.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % end as u64) as usize
    }

    fn pick<'a, T>(&mut self, values: &'a [T]) -> &'a T {
        &values[self.below(values.len())]
    }
}
