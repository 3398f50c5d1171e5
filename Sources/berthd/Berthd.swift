@main struct Berthd { static func main() {} }
