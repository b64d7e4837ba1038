//! The functions that take the caller's buffers never allocate.

use core::fmt::Write;

use allocation_counter::measure;
use gsm7::{Alphabet, Codings, Language};

/// A fixed buffer to display into.
struct Fixed([u8; 64], usize);

impl Write for Fixed {
    fn write_str(&mut self, text: &str) -> core::fmt::Result {
        let target = self.0.get_mut(self.1..self.1 + text.len()).ok_or(core::fmt::Error)?;
        target.copy_from_slice(text.as_bytes());
        self.1 += text.len();
        Ok(())
    }
}

fn allocations(run: impl FnOnce()) -> u64 {
    measure(run).count_total
}

#[test]
fn the_counter_counts() {
    assert_eq!(allocations(|| drop(core::hint::black_box(vec![0; 10]))), 1);
}

#[test]
fn text_to_octets_and_back_allocates_nothing() {
    let text = "Ünë €{plain} text, long enough for a block of plain characters as well: 0123456789";
    let (mut septets, mut octets, mut back) = ([0; 160], [0; 140], [0; 480]);
    for alphabet in [Alphabet::locking(Language::PORTUGUESE), Alphabet::DEFAULT] {
        let count = allocations(|| {
            let written = gsm7::encode_lossy(text, alphabet, '?', &mut septets).unwrap();
            assert!(gsm7::count(text, alphabet).is_err());
            for fill_bits in 0..7 {
                let packed = gsm7::pack(&septets[..written], fill_bits, &mut octets).unwrap();
                gsm7::unpack(&octets[..packed], fill_bits, &mut septets[..written]).unwrap();
            }
            assert!(gsm7::decode(&septets[..written], alphabet, &mut back).unwrap().flaw.is_none());
            assert_eq!(gsm7::chars(&septets[..written], alphabet).count(), text.chars().count());
        });
        assert_eq!(count, 0, "{alphabet:?}");
    }
}

#[test]
fn ussd_allocates_nothing() {
    let (mut octets, mut septets) = ([0; 20], [0; 20]);
    let count = allocations(|| {
        let packed = gsm7::pack_ussd(b"*123456", &mut octets).unwrap();
        assert_eq!(gsm7::unpack_ussd(&octets[..packed], &mut septets), Ok(7));
    });
    assert_eq!(count, 0);
}

#[test]
fn ucs2_allocates_nothing() {
    let (mut octets, mut back) = ([0; 40], [0; 60]);
    let count = allocations(|| {
        let written = gsm7::ucs2::encode("né ж 😀", &mut octets).unwrap();
        assert_eq!(
            gsm7::ucs2::decode(&octets[..written], &mut back).unwrap().strict(),
            Ok("né ж 😀")
        );
        assert_eq!(gsm7::ucs2::chars(&octets[..written]).count(), 6);
    });
    assert_eq!(count, 0);
}

#[test]
fn fitting_and_cutting_allocates_nothing() {
    let all = Language::ALL.into_iter().fold(Codings::DEFAULT, Codings::with_language);
    let count = allocations(|| {
        let fit = gsm7::fit("Şişli'ye gidiyorum, sonra da İzmir'e", all).unwrap();
        assert!(fit.cuts(10).count() > 2);
        assert_eq!(fit.costs().count(), 36);
        assert!(fit.forced_by().is_some());
        assert_eq!(fit.parts(160, 153), 1);
    });
    assert_eq!(count, 0);
}

#[test]
fn displaying_and_transliterating_allocates_nothing() {
    let count = allocations(|| {
        let mut out = Fixed([0; 64], 0);
        write!(out, "{}", gsm7::transliterate("“Žluťoučký kůň…”", Alphabet::DEFAULT)).unwrap();
        write!(out, "{}", gsm7::chars(b"Hello\x00", Alphabet::DEFAULT)).unwrap();
        write!(out, "{}", gsm7::ucs2::chars(&[0x04, 0x16])).unwrap();
        assert_eq!(&out.0[..out.1], "\"Zlutoucky kun...\"Hello@Ж".as_bytes());
    });
    assert_eq!(count, 0);
}

#[test]
fn errors_allocate_nothing() {
    let count = allocations(|| {
        assert!(gsm7::encode("ж", Alphabet::DEFAULT, &mut [0; 4]).is_err());
        assert!(gsm7::encode("hello", Alphabet::DEFAULT, &mut [0; 4]).is_err());
        assert!(gsm7::decode(b"hello", Alphabet::DEFAULT, &mut [0; 4]).is_err());
        assert!(gsm7::pack(&[0x80], 0, &mut [0; 4]).is_err());
        assert!(gsm7::unpack(&[0x80], 0, &mut [0; 4]).is_err());
    });
    assert_eq!(count, 0);
}
