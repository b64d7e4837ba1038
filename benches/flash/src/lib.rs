//! The shared parts of the programs. Each holds its functions in a static whose name begins with
//! `KEPT`, for which `keep.x` has the linker keep them although nothing calls them.
#![no_std]

use core::panic::PanicInfo;

#[cfg(feature = "heap")]
use {cortex_m as _, embedded_alloc::LlffHeap};

#[cfg(feature = "heap")]
#[global_allocator]
static HEAP: LlffHeap = LlffHeap::empty();

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    loop {}
}
