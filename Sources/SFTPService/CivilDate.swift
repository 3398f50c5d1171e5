/// A moment in the Gregorian calendar, UTC. (The C library's functions look for the host's time zone, which a session can't
/// and shall not see.)
struct CivilDate: Equatable {
    let year: Int64
    /// 1 to 12.
    let month: Int
    let day: Int, hour: Int, minute: Int

    init(secondsSince1970 seconds: Int64) {
        // Times that no calendar of ours reaches are shown as its ends, so that nothing below can overflow.
        let limit: Int64 = 1 << 48
        let seconds = min(max(seconds, -limit), limit)
        let secondsOfDay = Int((seconds % 86_400 + 86_400) % 86_400)
        let days = (seconds - Int64(secondsOfDay)) / 86_400
        hour = secondsOfDay / 3_600
        minute = secondsOfDay / 60 % 60
        // Years that start in March, in eras of 400 years (146,097 days), make the leap day the last of its year.
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = Int(dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100))
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    /// The month's name as `ls` abbreviates it.
    var monthName: StaticString {
        switch month {
        case 1: "Jan"
        case 2: "Feb"
        case 3: "Mar"
        case 4: "Apr"
        case 5: "May"
        case 6: "Jun"
        case 7: "Jul"
        case 8: "Aug"
        case 9: "Sep"
        case 10: "Oct"
        case 11: "Nov"
        default: "Dec"
        }
    }
}
