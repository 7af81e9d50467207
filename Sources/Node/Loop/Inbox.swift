import Glibc

/// A queue between threads: anyone puts, one thread takes everything at once and sleeps while there is nothing.
///
/// What bounds it is said by whoever puts: frames of peers hold their session's credit, submissions are counted.
/// Unchecked because the lock guards all of it.
final class Inbox<Element: Sendable>: @unchecked Sendable {
  private let lock: UnsafeMutablePointer<pthread_mutex_t>
  private let arrival: UnsafeMutablePointer<pthread_cond_t>
  private var elements: [Element] = []
  private var isWaiting = false
  /// What becomes of elements once nobody takes any more.
  private var decline: (@Sendable (Element) -> Void)?

  init() {
    lock = .allocate(capacity: 1)
    arrival = .allocate(capacity: 1)
    pthread_mutex_init(lock, nil)
    // Waiting ends by the monotonic clock: a step of the wall clock neither fires nor delays a timer.
    var attributes = pthread_condattr_t()
    pthread_condattr_init(&attributes)
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
    pthread_cond_init(arrival, &attributes)
    pthread_condattr_destroy(&attributes)
  }

  deinit {
    pthread_cond_destroy(arrival)
    pthread_mutex_destroy(lock)
    arrival.deallocate()
    lock.deallocate()
  }

  func put(_ element: Element) {
    pthread_mutex_lock(lock)
    if let decline {
      pthread_mutex_unlock(lock)
      return decline(element)
    }
    elements.append(element)
    let wakes = isWaiting
    isWaiting = false
    pthread_mutex_unlock(lock)
    if wakes { pthread_cond_signal(arrival) }
  }

  /// Takes nothing any more: what waits now and what comes later is declined, so that nobody waits for an answer for ever.
  func close(_ decline: @escaping @Sendable (Element) -> Void) {
    pthread_mutex_lock(lock)
    self.decline = decline
    let left = exchange()
    pthread_mutex_unlock(lock)
    for element in left { decline(element) }
  }

  /// Takes everything that is there without waiting.
  func takeAll() -> [Element] {
    pthread_mutex_lock(lock)
    defer { pthread_mutex_unlock(lock) }
    return exchange()
  }

  /// Waits for elements, at most until a point of the monotonic clock, and takes all of them; none when the time is over.
  func take(until deadline: MonotonicTime?) -> [Element] {
    pthread_mutex_lock(lock)
    defer { pthread_mutex_unlock(lock) }
    while elements.isEmpty {
      isWaiting = true
      if let deadline {
        var end = deadline.timespec
        if pthread_cond_timedwait(arrival, lock, &end) == ETIMEDOUT { break }
      } else {
        pthread_cond_wait(arrival, lock)
      }
    }
    isWaiting = false
    return exchange()
  }

  var count: Int {
    pthread_mutex_lock(lock)
    defer { pthread_mutex_unlock(lock) }
    return elements.count
  }

  private func exchange() -> [Element] {
    var taken: [Element] = []
    swap(&taken, &elements)
    return taken
  }
}

/// A point of the clock that only moves forward, in nanoseconds since some start.
struct MonotonicTime: Hashable, Comparable, Sendable {
  let nanoseconds: UInt64

  static var now: MonotonicTime {
    var time = Glibc.timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return MonotonicTime(nanoseconds: UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec))
  }

  /// That many milliseconds later; now or the past where negative.
  func adding(milliseconds: Int64) -> MonotonicTime {
    let (offset, overflow) = UInt64(max(0, milliseconds)).multipliedReportingOverflow(by: 1_000_000)
    let (sum, beyond) = nanoseconds.addingReportingOverflow(overflow ? .max : offset)
    return MonotonicTime(nanoseconds: beyond ? .max : sum)
  }

  /// The nanoseconds since an earlier point; zero if it is not earlier.
  func nanoseconds(since earlier: MonotonicTime) -> UInt64 {
    nanoseconds > earlier.nanoseconds ? nanoseconds - earlier.nanoseconds : 0
  }

  static func < (left: MonotonicTime, right: MonotonicTime) -> Bool { left.nanoseconds < right.nanoseconds }

  fileprivate var timespec: Glibc.timespec {
    // Within the range of the seconds even for the end of time.
    Glibc.timespec(tv_sec: Int(nanoseconds / 1_000_000_000), tv_nsec: Int(nanoseconds % 1_000_000_000))
  }
}
