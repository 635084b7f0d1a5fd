//! What the crate costs over the C functions, in one process, turn by turn. Ignored: the numbers mean something
//! only on a quiet machine.
//!
//!     cargo test --release -p ltn --test cost -- --ignored --nocapture --test-threads 1
mod rig;

use std::time::{Duration, Instant};

use futures_util::StreamExt;
use ltn::executor::Inline;
use ltn::{Client, Peer, Request, Runtime, Server};
use ltn_sys as sys;
use rig::identity;

const ROUNDS: usize = 20;
const CALLS: usize = 500;

/// {"d": 1 KiB}
fn body() -> Vec<u8> {
    let mut data = vec![0x81, 0xa1, b'd', 0xc5, 4, 0];
    data.resize(6 + 1024, 7);
    data
}

/// The C functions as a C program uses them; its server answers in the upcall.
struct InC {
    client: *mut sys::ltn_client,
    server: *mut sys::ltn_server,
    key: [u8; 32],
    address: [u8; 64],
    body: Vec<u8>,
}

unsafe extern "C" fn echo(question: *mut sys::ltn_op, _: *mut std::ffi::c_void) {
    let (mut data, mut len) = (std::ptr::null(), 0);
    sys::ltn_op_data(question, &mut data, &mut len);
    sys::ltn_op_complete(question, data, len, std::ptr::null_mut());
    sys::ltn_op_free(question);
}

impl InC {
    fn start() -> InC {
        let null = std::ptr::null_mut();
        let mut this = InC {
            client: null as _,
            server: null as _,
            key: [0; 32],
            address: [0; 64],
            body: body(),
        };
        // SAFETY: as the header says; nothing else has these handles.
        unsafe {
            let (mut one, mut two) = (std::ptr::null_mut(), std::ptr::null_mut());
            sys::ltn_signer_new_seed(&mut one, [1u8; 32].as_ptr(), null as _);
            sys::ltn_signer_new_seed(&mut two, [2u8; 32].as_ptr(), null as _);
            sys::ltn_signer_public_key(one, this.key.as_mut_ptr());
            // NULL: a private loop for each side, as between two programs.
            let runtime = std::ptr::null_mut();
            sys::ltn_server_new(&mut this.server, runtime, one, null as _);
            let name = c"echo".as_ptr();
            sys::ltn_server_handle(this.server, name, 0, Some(echo), null, None, null as _);
            assert_eq!(sys::ltn_server_start(this.server, null as _), 0);
            let address = this.address.as_mut_ptr().cast();
            sys::ltn_server_address(this.server, address, 64, std::ptr::null_mut());
            sys::ltn_client_new(&mut this.client, runtime, two, null as _);
            assert_eq!(sys::ltn_client_start(this.client, null as _), 0);
            sys::ltn_signer_free(one);
            sys::ltn_signer_free(two);
        }
        this
    }

    fn submit(&self) -> *mut sys::ltn_op {
        // SAFETY: everything lives for the call.
        unsafe {
            let mut call = std::mem::zeroed::<sys::ltn_call>();
            sys::ltn_call_init(&mut call, size_of::<sys::ltn_call>());
            call.peer = self.key.as_ptr();
            call.address = self.address.as_ptr().cast();
            call.type_ = c"echo".as_ptr();
            call.type_len = 4;
            call.data = self.body.as_ptr();
            call.data_len = self.body.len();
            let mut op = std::ptr::null_mut();
            assert_eq!(sys::ltn_client_call(self.client, &mut op, &call, std::ptr::null_mut()), 0);
            op
        }
    }

    fn finish(&self, op: *mut sys::ltn_op) {
        // SAFETY: given by submit, freed once.
        unsafe {
            assert_eq!(sys::ltn_op_wait(op, -1), 0);
            assert_eq!(sys::ltn_op_status(op), 0);
            sys::ltn_op_free(op);
        }
    }
}

fn pair(waiting: bool) -> (Server, Client, Peer) {
    // A loop for each side, as between two programs.
    let theirs = Runtime::builder().unwrap().build().unwrap();
    let runtime = Runtime::builder().unwrap().build().unwrap();
    let server = Server::with(&theirs, &identity(1), Inline::new()).unwrap();
    server.handle_raw("echo", |request: Request| async move { request.bytes() }).unwrap();
    let address = server.start().unwrap();
    let make = if waiting { Client::waiting_on } else { Client::on };
    let client = make(&runtime, &identity(2)).unwrap();
    client.start().unwrap();
    let peer = Peer::at(identity(1).hotkey(), &address).unwrap();
    client.call_raw(&peer, "echo", body()).unwrap().wait().unwrap();
    (server, client, peer)
}

fn p50(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

#[test]
#[ignore = "numbers, no verdict"]
fn what_the_crate_costs_over_c() {
    let c = InC::start();
    c.finish(c.submit());
    let (_server_w, waiting, peer_w) = pair(true);
    let (_server_f, futures, peer_f) = pair(false);
    let (mut in_c, mut waited, mut polled) = (Vec::new(), Vec::new(), Vec::new());
    let mut rates = [Duration::ZERO; 2];
    let data = ltn::Bytes::from(body());
    for _ in 0..ROUNDS {
        for _ in 0..CALLS {
            let begin = Instant::now();
            c.finish(c.submit());
            in_c.push(begin.elapsed());
        }
        for _ in 0..CALLS {
            let begin = Instant::now();
            waiting.call_raw(&peer_w, "echo", data.clone()).unwrap().wait().unwrap();
            waited.push(begin.elapsed());
        }
        for _ in 0..CALLS {
            let begin = Instant::now();
            let call = futures.call_raw(&peer_f, "echo", data.clone()).unwrap();
            futures_executor::block_on(call).unwrap();
            polled.push(begin.elapsed());
        }
        // 32 in flight: a ring of waits in C, a future of all here.
        let begin = Instant::now();
        let mut ring: std::collections::VecDeque<_> = (0..32).map(|_| c.submit()).collect();
        for _ in 0..CALLS * 4 {
            c.finish(ring.pop_front().unwrap());
            ring.push_back(c.submit());
        }
        ring.into_iter().for_each(|op| c.finish(op));
        rates[0] += begin.elapsed();
        let begin = Instant::now();
        let all = futures_util::stream::iter(0..CALLS * 4 + 32)
            .map(|_| futures.call_raw(&peer_f, "echo", data.clone()).unwrap())
            .buffer_unordered(32)
            .for_each(|answer| async {
                answer.unwrap();
            });
        futures_executor::block_on(all);
        rates[1] += begin.elapsed();
    }
    let base = p50(&mut in_c);
    println!("1 KiB echo, one in flight, p50: C {base:?}");
    for (what, times) in [("wait", &mut waited), ("await", &mut polled)] {
        let came = p50(times);
        let share = came.as_secs_f64() / base.as_secs_f64();
        println!("  {what}: {came:?}, {share:.2} of C");
    }
    let calls = (ROUNDS * (CALLS * 4 + 32)) as f64;
    let [c_rate, rate] = rates.map(|time| calls / time.as_secs_f64());
    println!("32 in flight: C {c_rate:.0}/s, futures {rate:.0}/s, {:.2} of C", rate / c_rate);
    // SAFETY: the last use.
    unsafe {
        sys::ltn_client_free(c.client);
        sys::ltn_server_free(c.server);
    }
}
