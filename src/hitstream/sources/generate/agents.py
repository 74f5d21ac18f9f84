"""What Combined adds: browsers and robots of 1995 and of today, and the pages outside from which people come.

Weights are relative. The shares of today's browsers follow common public statistics roughly; none is exact.
"""

_WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64)"
_MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)"
_LINUX = "Mozilla/5.0 (X11; Linux x86_64)"
_ANDROID = "Mozilla/5.0 (Linux; Android 10; K)"
_IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X)"
_IPAD = "Mozilla/5.0 (iPad; CPU OS 16_7 like Mac OS X)"
_WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"
_SAFARI = "AppleWebKit/605.1.15 (KHTML, like Gecko)"

AGENTS = (
    (f"{_WINDOWS} {_WEBKIT} Chrome/126.0.0.0 Safari/537.36", 170),
    (f"{_WINDOWS} {_WEBKIT} Chrome/125.0.0.0 Safari/537.36", 60),
    (f"{_ANDROID} {_WEBKIT} Chrome/126.0.0.0 Mobile Safari/537.36", 130),
    (f"{_ANDROID} {_WEBKIT} Chrome/124.0.0.0 Mobile Safari/537.36", 40),
    (f"{_IPHONE} {_SAFARI} Version/17.5 Mobile/15E148 Safari/604.1", 110),
    (f"{_IPHONE} {_SAFARI} CriOS/126.0.6478.54 Mobile/15E148 Safari/604.1", 20),
    (f"{_IPAD} {_SAFARI} Version/16.6 Mobile/15E148 Safari/604.1", 15),
    (f"{_MAC} {_SAFARI} Version/17.5 Safari/605.1.15", 45),
    (f"{_MAC} {_WEBKIT} Chrome/126.0.0.0 Safari/537.36", 40),
    (f"{_WINDOWS} {_WEBKIT} Chrome/126.0.0.0 Safari/537.36 Edg/126.0.0.0", 45),
    (f"{_WINDOWS} {_WEBKIT} Chrome/124.0.0.0 Safari/537.36 OPR/110.0.0.0", 10),
    ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:127.0) Gecko/20100101 Firefox/127.0", 30),
    ("Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0", 15),
    ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:126.0) Gecko/20100101 Firefox/126.0", 8),
    ("Mozilla/5.0 (Android 14; Mobile; rv:127.0) Gecko/127.0 Firefox/127.0", 6),
    (f"{_LINUX} {_WEBKIT} Chrome/126.0.0.0 Safari/537.36", 18),
    (f"{_LINUX} {_WEBKIT} HeadlessChrome/126.0.0.0 Safari/537.36", 3),
    ("Mozilla/5.0 (Linux; Android 13; SAMSUNG SM-S911B) AppleWebKit/537.36 SamsungBrowser/25.0 Mobile", 14),
    ("Mozilla/5.0 (Windows NT 6.1; Trident/7.0; rv:11.0) like Gecko", 3),
    ("Mozilla/1.1N (Windows; I; 16bit)", 22),
    ("Mozilla/1.1N (X11; I; SunOS 4.1.3 sun4m)", 8),
    ("Mozilla/1.22 (compatible; MSIE 2.0; Windows 95)", 9),
    ("Mozilla/1.0N (Macintosh)", 9),
    ("NCSA Mosaic/2.0.0 (Windows x86)", 8),
    ("NCSA_Mosaic/2.6 (X11;SunOS 5.4 sun4m)  libwww/2.12 modified", 5),
    ("Lynx/2.4.2 libwww/2.14", 6),
    ("IWENG/1.2.003 via proxy gateway CERN-HTTPD/3.0 libwww/2.17", 8),
    ("PRODIGY-WB/1.3e", 7),
    ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", 16),
    (f"{_ANDROID} {_WEBKIT} Chrome/126.0 Mobile Safari/537.36 (compatible; Googlebot/2.1)", 8),
    ("Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)", 12),
    ("Mozilla/5.0 (compatible; YandexBot/3.0; +http://yandex.com/bots)", 5),
    ("Mozilla/5.0 (compatible; Baiduspider/2.0; +http://www.baidu.com/search/spider.html)", 4),
    ("Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)", 8),
    ("Mozilla/5.0 (compatible; SemrushBot/7~bl; +http://www.semrush.com/bot.html)", 6),
    (
        "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)",
        7,
    ),
    ("Mozilla/5.0 (compatible; archive.org_bot +http://archive.org/details/archive.org_bot)", 2),
    ("facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)", 3),
    ("UptimeRobot/2.0 (http://www.uptimerobot.com/)", 3),
    ("curl/8.8.0", 4),
    ("Wget/1.21.4", 2),
    ("python-requests/2.32.3", 5),
    ("Go-http-client/2.0", 3),
    ("-", 9),
)

REFERRERS = (
    ("-", 520),
    ("https://www.google.com/", 210),
    ("https://www.bing.com/", 35),
    ("https://duckduckgo.com/", 20),
    ("https://en.wikipedia.org/wiki/Kennedy_Space_Center", 18),
    ("https://en.wikipedia.org/wiki/Apollo_13", 14),
    ("https://news.ycombinator.com/", 9),
    ("https://www.reddit.com/r/space/", 16),
    ("https://t.co/8fQ2lW0xYz", 8),
    ("http://www.yahoo.com/Science/Space/", 60),
    ("http://www.nasa.gov/", 45),
    ("http://www.lycos.com/cgi-bin/pursuit?query=space+shuttle", 15),
    ("http://webcrawler.com/cgi-bin/WebQuery?searchText=nasa", 9),
    ("http://home.netscape.com/escapes/whats_cool.html", 12),
    ("http://www.ncsa.uiuc.edu/SDG/Software/Mosaic/StartingPoints/NetworkStartingPoints.html", 6),
)

SITE = "http://www.ksc.nasa.gov"
"""Where the pages of the site are, when they refer to another."""

PAGE_REFERRER = len(REFERRERS)
"""Referrer `PAGE_REFERRER + target` is a page of the site itself."""
