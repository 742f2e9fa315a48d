/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Message framing: where the requests and responses in a connection's two streams begin and end. No kernel in here: it is
 * compiled for BPF, and for the host, where it is tested at every byte boundary and fuzzed.
 *
 * A framer is shown a stream in windows: the next bytes that it has not consumed yet, at most SS_WINDOW of them, cut
 * wherever reads and writes cut the stream. It consumes some, and stops after the first event, so that events are told in
 * their order. Of bytes that say nothing (a body whose length is known) it asks to skip as many as there are: those are
 * never read. All that it remembers is struct ss_framing; all zeroes is the beginning of a connection.
 *
 * A window is SS_WINDOW bytes long and aligned on 8 however few of them are shown: a framer may load the others, but
 * nothing depends on them. What cannot be read (sendfile's bytes) is shown as zeroes: no framer looks at the bytes of a
 * body, and one that needs them for something else is lost.
 */
#ifndef SLOTSCOPE_LOGIC_FRAMING_H
#define SLOTSCOPE_LOGIC_FRAMING_H

#include "../core/framing_state.h"

#include <stdbool.h>
#include <stddef.h>

#define SS_WINDOW 64

/* What a step has found; several bits where they fall on the same byte. */
enum ss_framing_event {
	SS_FRAMING_REQUEST_BEGAN = 1,  /* request stream: the first byte of a request */
	SS_FRAMING_REQUEST_ENDED = 2,  /* request stream: its last byte */
	SS_FRAMING_RESPONSE_BEGAN = 4, /* response stream: the answer begins, not an interim one */
	SS_FRAMING_RESPONSE_ENDED = 8, /* response stream: the last byte of the answer: the call is over */
	SS_FRAMING_UNTIL_CLOSE =
		16, /* response stream: the call lasts as long as the connection (its answer is delimited by
					   the close, or both sides now speak something else) */
	SS_FRAMING_LOST =
		32, /* not this protocol, or not understood: from here on this connection is judged by timing */
};

struct ss_step {
	__u32 consumed; /* 1 to the number of bytes shown */
	__u32 events; /* enum ss_framing_event: they belong to the last byte consumed, BEGAN to the first (an answer of
			 HTTP/1 begins with its status: to the last) */
};

/* linux/types.h brings an __always_inline that is only a hint; the BPF headers and the C library have the real one. */
#define SS_INLINE inline __attribute__((always_inline))

/*
 * A bounded loop. The verifier looks at its body once for each round, or, with the kernel's own iterator (from 6.4 on), as
 * often as it takes to come back to a state that it has seen. A program with all framers takes it 107,000 instructions
 * with the iterator on 6.18, 561,000 without; but 867,000 on 6.12, and 565,000 without.
 */
#ifdef __bpf__
struct bpf_iter_num {
	__u64 opaque[1];
} __attribute__((aligned(8)));
extern int bpf_iter_num_new(struct bpf_iter_num *it, int start, int end) __attribute__((section(".ksyms"), weak));
extern int *bpf_iter_num_next(struct bpf_iter_num *it) __attribute__((section(".ksyms"), weak));
extern void bpf_iter_num_destroy(struct bpf_iter_num *it) __attribute__((section(".ksyms"), weak));

/*
 * Does the kernel have what came with 6.16? A number that stands in the program when it is verified (BPF_TYPE_EXISTS): the
 * other way is then never looked at.
 */
struct trace_event_raw_tcp_sendmsg_locked {
	int unused;
};
#define SS_ITERATES __builtin_preserve_type_info(*(struct trace_event_raw_tcp_sendmsg_locked *)0, 0)

static SS_INLINE bool ss_next_round(struct bpf_iter_num *it, __u32 *round)
{
	int *next = bpf_iter_num_next(it);

	if (next)
		*round = (__u32)*next;
	return next;
}

#define ss_kernels_rounds(round, rounds, is_last)                                                                      \
	do {                                                                                                           \
		struct bpf_iter_num it;                                                                                \
                                                                                                                       \
		bpf_iter_num_new(&it, 0, rounds);                                                                      \
		while (ss_next_round(&it, &(round)))                                                                   \
			if (is_last)                                                                                   \
				break;                                                                                 \
		bpf_iter_num_destroy(&it);                                                                             \
	} while (0)
/*
 * The loop is closed by a jump back and not entered by one: older verifiers take the other shapes that compilers give
 * it for endless.
 */
#define ss_plain_rounds(round, rounds, is_last)                                                                        \
	do {                                                                                                           \
		(round) = 0;                                                                                           \
		_Pragma("clang loop unroll(disable)") do                                                               \
		{                                                                                                      \
			if (is_last)                                                                                   \
				break;                                                                                 \
			ss_opaque(round);                                                                              \
		}                                                                                                      \
		while (++(round) < (rounds))                                                                           \
			;                                                                                              \
	} while (0)

/* Evaluates `is_last` for each round, from 0 on, until it is true. The plain one is for bodies that are short to verify. */
#define ss_rounds(round, rounds, is_last)                                                                              \
	do {                                                                                                           \
		if (SS_ITERATES)                                                                                       \
			ss_kernels_rounds(round, rounds, is_last);                                                     \
		else                                                                                                   \
			ss_plain_rounds(round, rounds, is_last);                                                       \
	} while (0)
#else
#define ss_plain_rounds(round, rounds, is_last) ss_rounds(round, rounds, is_last)
#define ss_rounds(round, rounds, is_last)       for ((round) = 0; (round) < (rounds) && !(is_last); (round)++)
#endif

/* Hides what the compiler knows of a value: it would replace bounds and masks by what verifiers do not follow. */
#define ss_opaque(value) __asm__ volatile("" : "+r"(value))

/* An index that is inside a window for the verifier, too. */
static SS_INLINE __u32 ss_window_index(__u32 at)
{
	ss_opaque(at);
	return at & (SS_WINDOW - 1);
}

static SS_INLINE bool ss_is_digit(__u8 byte)
{
	return byte >= '0' && byte <= '9';
}

#endif
