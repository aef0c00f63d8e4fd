package main

import (
	"syscall"
	"unsafe"
)

// clockid_t of the processor time of all threads of a process: MAKE_PROCESS_CPUCLOCK of the kernel (clock_getcpuclockid(3)).
func processClock(pid int) uintptr { return uintptr((^pid)<<3 | 2) }

// Nanoseconds of processor time of a process; 0 when there is no such process.
func processorTime(pid int) float64 {
	if pid <= 0 {
		return 0
	}
	var time syscall.Timespec
	_, _, errno := syscall.Syscall(syscall.SYS_CLOCK_GETTIME, processClock(pid), uintptr(unsafe.Pointer(&time)), 0)
	if errno != 0 {
		return 0
	}
	return float64(time.Nano())
}
