/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Framers that read byte by byte: a function is given one byte and its stream's state. Where reads and writes cut the
 * stream cannot matter then. It is cheap because payloads are skipped: what is read are headers of a few bytes.
 *
 * All that such a function remembers lies in struct ss_framing, nothing in registers: the verifier meets the loop's head
 * with the same state whichever way it went through the byte before, and follows one of them.
 */
#ifndef SLOTSCOPE_LOGIC_FRAMING_BYTES_H
#define SLOTSCOPE_LOGIC_FRAMING_BYTES_H

#include "framing.h"

/*
 * Returned instead of events, with nothing changed: the byte is to be the first of its step, as it may be the first of a
 * message (BEGAN belongs to a step's first byte, and the bytes before it may have been shown in another step).
 */
#define SS_FRAMING_ALONE (1U << 31)

/* Reads one byte; `first` where it is the first of its step. Returns events, or SS_FRAMING_ALONE where it is not. */
typedef __u32 ss_framing_byte(struct ss_framing *framing, __u8 byte, __u32 first);

/* What is kept in memory is really written and read there. */
#define ss_settle() __asm__ volatile("" ::: "memory")

/*
 * Reads one of the `step->consumed` bytes that are shown. True: the step is over. What is to be skipped is counted down in memory, too, as far as it is shown: with an index to go
 * on from, the verifier would tell every such index from every other.
 */
static __always_inline bool ss_framing_byte_ends_step(struct ss_framing *framing, struct ss_stream *stream,
						      const __u8 *window, __u32 index, struct ss_step *step,
						      ss_framing_byte *read)
{
	ss_settle();
	if (index >= step->consumed)
		return true;
	if (stream->skip) {
		stream->skip--;
		return false;
	}
	step->events = read(framing, window[ss_window_index(index)], !index);
	if (!step->events)
		return false;
	step->consumed = index + !(step->events & SS_FRAMING_ALONE);
	if (step->events & SS_FRAMING_ALONE)
		step->events = 0;
	return true;
}

static __always_inline struct ss_step ss_framing_bytes(struct ss_framing *framing, struct ss_stream *stream,
						       const __u8 *window, __u32 count, ss_framing_byte *read)
{
	struct ss_step step = {count, 0};
	__u32 index;

	ss_rounds(index, SS_WINDOW, ss_framing_byte_ends_step(framing, stream, window, index, &step, read));
	return step;
}

/* Goes on in `state` behind a payload of this many bytes. */
static __always_inline void ss_framing_skip(struct ss_stream *stream, __u64 bytes, __u8 state)
{
	stream->skip = bytes;
	stream->state = state;
}

/*
 * A call begins. LOST where as many are outstanding as can be counted.
 */
static __always_inline __u32 ss_framing_call_begins(struct ss_framing *framing)
{
	if (framing->pending == 0xffff)
		return SS_FRAMING_LOST;
	framing->pending++;
	return SS_FRAMING_REQUEST_BEGAN;
}

/* The oldest call has been answered; enum ss_framing_outcome. */
static __always_inline __u32 ss_framing_call_ends(struct ss_framing *framing, __u16 outcome)
{
	framing->pending--;
	framing->outcome = outcome;
	return SS_FRAMING_RESPONSE_ENDED;
}

static __always_inline __u32 ss_is_letter(__u8 byte)
{
	return (__u8)((byte | 0x20) - 'a') < 26;
}

#endif
