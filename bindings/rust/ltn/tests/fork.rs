//! After a fork. A program of its own with one test: a fork copies the forking thread alone, and whatever lock
//! another thread holds stays locked in the child.
#![cfg(unix)]
mod rig;

use ltn::{Code, Runtime};
use rig::{code, map, start};

extern "C" {
    fn fork() -> i32;
    fn waitpid(pid: i32, status: *mut i32, options: i32) -> i32;
    fn _exit(status: i32) -> !;
}

#[test]
fn a_child_is_told_that_it_was_forked_and_the_parent_notices_nothing() {
    let rig = start(&Runtime::builder().unwrap().build().unwrap(), |_| Ok(()));
    rig.client.call_raw(&rig.peer, "echo", map(1)).unwrap().wait().unwrap();
    let open = rig.client.request(&rig.peer, "echo").call().unwrap();
    // SAFETY: the child uses handles of this library only, and leaves without any clean-up of this process.
    let child = unsafe { fork() };
    if child == 0 {
        let told = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            assert_eq!(
                code(rig.client.call_raw(&rig.peer, "echo", map(1)).map(drop)),
                Code::FORKED
            );
            assert_eq!(code(rig.server.stop()), Code::FORKED);
            drop(open);
            drop(rig);
        }));
        // SAFETY: ends the child.
        unsafe { _exit(i32::from(told.is_err())) }
    }
    let mut status = -1;
    // SAFETY: our own child.
    assert_eq!(unsafe { waitpid(child, &mut status, 0) }, child);
    assert_eq!(status, 0, "the child ended otherwise");
    open.wait().unwrap();
    rig.client.call_raw(&rig.peer, "echo", map(2)).unwrap().wait().unwrap();
}
