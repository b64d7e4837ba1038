//! The board: the heap, the UART to the modem and the tick. All `unsafe` of the firmware is here.

use core::cell::RefCell;
use core::convert::Infallible;
use core::ptr::NonNull;

use arm_pl011_uart::{
    DataBits, Interrupts, LineConfig, PL011Registers, Parity, StopBits, Uart, UniqueMmioPointer,
};
use cortex_m::interrupt::InterruptNumber;
use cortex_m::peripheral::NVIC;
use cortex_m::peripheral::syst::SystClkSource;
use cortex_m_rt::exception;
use critical_section::Mutex;
use embassy_sync::blocking_mutex::raw::CriticalSectionRawMutex;
use embassy_sync::pipe::Pipe;
use embassy_time::Timer;
use embedded_alloc::LlffHeap;
use embedded_io_async::{ErrorType, Read, Write};

/// The size of the heap in bytes. A multiplexer has buffers of its own.
const HEAP_SIZE: usize = match (cfg!(feature = "large"), cfg!(feature = "mux")) {
    (true, _) => 40 * 1024,
    (false, true) => 14 * 1024,
    (false, false) => 12 * 1024,
};

/// The first UART of a machine, and the clock of its core.
struct Machine {
    /// The address of the registers.
    uart: usize,
    interrupt: u16,
    clock_hz: u32,
}

const MACHINE: Machine = if cfg!(feature = "lm3s6965evb") {
    Machine { uart: 0x4000_C000, interrupt: 5, clock_hz: 12_500_000 }
} else {
    Machine { uart: 0x5010_5000, interrupt: 44, clock_hz: 40_000_000 }
};

#[global_allocator]
static HEAP: LlffHeap = LlffHeap::empty();

static UART: Mutex<RefCell<Option<Uart<'static>>>> = Mutex::new(RefCell::new(None));

/// The bytes that the interrupt has received and the driver has not read yet.
static RECEIVED: Pipe<CriticalSectionRawMutex, 512> = Pipe::new();

/// Starts the heap, the tick of 1 kHz, and the UART with its interrupt. Returns the two halves of
/// the line to the modem.
pub(crate) fn start() -> (Receiver, Transmitter) {
    let mut core = cortex_m::Peripherals::take().expect("the board is started once");
    // SAFETY: this runs once, before the first allocation, and the macro owns the memory.
    unsafe {
        embedded_alloc::init!(HEAP, HEAP_SIZE);
    }

    core.SYST.set_clock_source(SystClkSource::Core);
    core.SYST.set_reload(MACHINE.clock_hz / 1_000 - 1);
    core.SYST.clear_current();
    core.SYST.enable_interrupt();
    core.SYST.enable_counter();

    let registers = NonNull::new(MACHINE.uart as *mut PL011Registers).expect("not null");
    // SAFETY: the registers of this UART are at this address, and nothing else uses them.
    let registers = unsafe { UniqueMmioPointer::new(registers) };
    let mut uart = Uart::new(registers);
    let line =
        LineConfig { data_bits: DataBits::Bits8, parity: Parity::None, stop_bits: StopBits::One };
    uart.enable(line, 115_200, MACHINE.clock_hz).expect("the rate can be divided from the clock");
    // RTI: fewer bytes than the threshold of the FIFO, and a pause.
    uart.set_interrupt_masks(Interrupts::RXI | Interrupts::RTI);
    critical_section::with(|section| UART.borrow_ref_mut(section).replace(uart));
    // SAFETY: the handler below is in place, and no critical section depends on the mask.
    unsafe { NVIC::unmask(UartInterrupt) };
    (Receiver, Transmitter)
}

#[derive(Clone, Copy)]
struct UartInterrupt;

// SAFETY: the machine has an interrupt of this number.
unsafe impl InterruptNumber for UartInterrupt {
    fn number(self) -> u16 {
        MACHINE.interrupt
    }
}

/// The handler of all interrupts; only that of the UART is enabled.
///
/// The attribute demands `unsafe`, and the body needs none.
#[exception]
unsafe fn DefaultHandler(_: i16) {
    critical_section::with(|section| {
        let mut uart = UART.borrow_ref_mut(section);
        let Some(uart) = uart.as_mut() else { return };
        uart.clear_interrupts(Interrupts::RXI | Interrupts::RTI);
        loop {
            match uart.read_word() {
                // A byte without room is lost, as in a FIFO that overflows.
                Ok(Some(byte)) => drop(RECEIVED.try_write(&[byte])),
                Ok(None) => return,
                // A damaged byte is lost too; the session recovers from that.
                Err(_) => {}
            }
        }
    });
}

#[exception]
fn SysTick() {
    crate::clock::tick();
}

/// The half of the line that receives.
pub(crate) struct Receiver;

impl ErrorType for Receiver {
    type Error = Infallible;
}

impl Read for Receiver {
    async fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Infallible> {
        Ok(RECEIVED.read(buffer).await)
    }
}

/// The half of the line that transmits.
pub(crate) struct Transmitter;

impl ErrorType for Transmitter {
    type Error = Infallible;
}

impl Write for Transmitter {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, Infallible> {
        loop {
            let count = critical_section::with(|section| {
                let mut uart = UART.borrow_ref_mut(section);
                let Some(uart) = uart.as_mut() else { return 0 };
                let room = bytes.iter().take_while(|byte| {
                    let has_room = !uart.is_tx_fifo_full();
                    if has_room {
                        uart.write_word(**byte);
                    }
                    has_room
                });
                room.count()
            });
            if count > 0 || bytes.is_empty() {
                return Ok(count);
            }
            Timer::after_millis(1).await;
        }
    }

    async fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}
