"""Names for vj.core.policy: tables, lower case and without accents. Nobody can list everybody: see docs/ethics.md."""

from __future__ import annotations

GIVEN = frozenset(
    """
    aaron adam adrian agnes ahmed aiko aisha alan albert alejandro aleksander alessandro alexander alexandra alfred
    ali alicia alison amelie amina amit ana anastasia anders andre andrea andreas andrew angela angelina anil anita
    anja anke ann anna anne annie anthony antoine anton antonia antonio arjun arnold arthur astrid barbara beatrice
    benedikt benjamin bernard bernd bettina birgit boris brad brandon brian bruno camilla carla carlos carmen carol
    carolina caroline catherine cecilia charles charlotte chiara chloe chris christian christina christine christoph
    christopher claire clara claudia clemens colin cristina dagmar daniel daniela daniele david deborah denis dennis
    diana diego dieter dirk dmitri dmitry dominik donald dorothy douglas eduardo edward elena elias elisabeth
    elizabeth elke ella ellen elon emily emma emmanuel enrique eric erik ernst esther eugene eva evelyn fabian
    fatima federico felipe felix fernando fiona florian francesca francesco francois frank franz franziska fred
    frederic frederik friedrich fritz gabriel gabriela gavin geoffrey georg george gerald gerard gerhard giorgio
    giovanni gisela giulia giuseppe gordon greta guillaume gustav hannah hans harald harold harry heidi heike
    heinrich helen helena helga helmut henri henrik henry hiroshi horst howard hugo ibrahim igor ines ingrid irina
    isabel isabella isabelle ivan jacob jacques james jan jane janet jason javier jean jeff jeffrey jennifer jens
    jeremy jessica jim joachim joan joao joe joerg johan johann johanna johannes john jonas jonathan jorge jose
    josef joseph joshua juan judith juergen julia julian julie julien justin karen karin karl kate katharina
    katherine kathrin katja kevin khaled kim klara klaus konrad kurt lars laura lauren laurent lea leila lena leo
    leon leonardo leonie linda lisa lorenzo louis louise luca lucas lucia lucy luis luisa lukas lutz magda manuel
    manuela marc marcel marco marcus margaret margarete maria marie marina mario marion markus marta martha martin
    martina mary mathieu matteo matthew matthias max maximilian megan mehmet melanie melissa michael michel michelle
    miguel mikhail milan mohamed mohammed monika muhammad nadia nancy natalia natalie natasha nathan neil nicholas
    nicolas nicole nigel nikolai nina noah nora olaf oleg olga oliver olivia omar oscar oskar otto pablo pamela
    paola paolo patricia patrick paul paula paulo pedro peter petra philip philipp philippe pierre priya rachel
    rafael rahul ralf raul raymond rebecca regina reinhard renate ricardo richard robert roberto roger roland ronald
    rosa rudolf ryan sabine samantha samuel sandra sara sarah scott sean sebastian serena sergei sergio sharon
    silvia simon simone sofia sonja sophia sophie stefan stefanie stephanie stephen steve steven stuart sundar susan
    susanne suzanne sven svenja tanja tatiana taylor theodor theresa thomas tim timothy tobias todd tom tomas
    torsten ulrich ulrike ursula uwe valentina valeria vanessa vera veronica victor victoria viktor vincent vladimir
    volker walter werner wilhelm william wolfgang xavier yasmin yuki yusuf yvonne zoe
    """.split()  # noqa: SIM905
)
"""common given names that are no ordinary words: amber, iris, jade, mark, rose, ruby, violet ... are not here"""

PUBLIC: tuple[str, ...] = (
    *("angela merkel", "olaf scholz", "friedrich merz", "annalena baerbock", "robert habeck", "alice weidel"),
    *("markus soeder", "christian lindner", "sahra wagenknecht", "emmanuel macron", "marine le pen", "keir starmer"),
    *("rishi sunak", "boris johnson", "liz truss", "nigel farage", "theresa may", "tony blair", "donald trump"),
    *("melania trump", "ivanka trump", "joe biden", "kamala harris", "barack obama", "michelle obama"),
    *("hillary clinton", "bill clinton", "george bush", "george w bush", "jd vance", "bernie sanders", "nancy pelosi"),
    *("alexandria ocasio cortez", "gavin newsom", "justin trudeau", "mark carney", "vladimir putin", "alexei navalny"),
    *("volodymyr zelensky", "volodymyr zelenskyy", "xi jinping", "kim jong un", "narendra modi", "imran khan"),
    *("recep tayyip erdogan", "benjamin netanyahu", "viktor orban", "giorgia meloni", "silvio berlusconi"),
    *("pedro sanchez", "javier milei", "nicolas maduro", "jair bolsonaro", "lula da silva", "ursula von der leyen"),
    *("mohammed bin salman", "bashar al assad", "ali khamenei", "shinzo abe", "antonio guterres", "greta thunberg"),
    *("malala yousafzai", "pope francis", "pope leo", "pope benedict", "dalai lama", "king charles", "queen elizabeth"),
    *("queen camilla", "prince william", "prince harry", "kate middleton", "meghan markle", "princess diana"),
    *("lady diana", "elon musk", "mark zuckerberg", "jeff bezos", "bill gates", "steve jobs", "tim cook"),
    *("sam altman", "sundar pichai", "satya nadella", "jensen huang", "peter thiel", "edward snowden"),
    *("julian assange", "warren buffett", "george soros", "taylor swift", "ariana grande", "billie eilish"),
    *("justin bieber", "katy perry", "lady gaga", "selena gomez", "miley cyrus", "britney spears", "dua lipa"),
    *("olivia rodrigo", "sabrina carpenter", "ed sheeran", "harry styles", "kanye west", "jay z", "snoop dogg"),
    *("travis scott", "post malone", "kendrick lamar", "nicki minaj", "cardi b", "megan thee stallion", "david bowie"),
    *("michael jackson", "freddie mercury", "elvis presley", "kurt cobain", "amy winehouse", "whitney houston"),
    *("bob marley", "john lennon", "paul mccartney", "mick jagger", "elton john", "david guetta", "calvin harris"),
    *("daft punk", "helene fischer", "scarlett johansson", "emma watson", "emma stone", "natalie portman"),
    *("jennifer lawrence", "jennifer aniston", "angelina jolie", "brad pitt", "tom cruise", "tom hanks"),
    *("tom holland", "leonardo dicaprio", "keanu reeves", "johnny depp", "amber heard", "will smith", "chris rock"),
    *("robert downey jr", "chris hemsworth", "ryan reynolds", "ryan gosling", "margot robbie", "gal gadot"),
    *("anya taylor joy", "jenna ortega", "millie bobby brown", "sydney sweeney", "timothee chalamet"),
    *("cillian murphy", "morgan freeman", "samuel l jackson", "denzel washington", "nicolas cage", "robin williams"),
    *("arnold schwarzenegger", "sylvester stallone", "dwayne johnson", "vin diesel", "jackie chan", "bruce lee"),
    *("marilyn monroe", "audrey hepburn", "meryl streep", "julia roberts", "kim kardashian", "kylie jenner"),
    *("kendall jenner", "paris hilton", "oprah winfrey", "ellen degeneres", "jimmy fallon", "stephen colbert"),
    *("joe rogan", "tucker carlson", "jordan peterson", "andrew tate", "bella hadid", "gigi hadid", "shah rukh khan"),
    *("deepika padukone", "priyanka chopra", "rashmika mandanna", "virat kohli", "lionel messi"),
    *("cristiano ronaldo", "kylian mbappe", "david beckham", "serena williams", "roger federer", "rafael nadal"),
    *("novak djokovic", "lebron james", "michael jordan", "kobe bryant", "usain bolt", "tiger woods", "mike tyson"),
    *("lewis hamilton", "max verstappen", "simone biles", "megan rapinoe"),
)
"""people who are often faked, by their full names"""

ALONE: tuple[str, ...] = (
    *("putin", "merkel", "macron", "zelensky", "zelenskyy", "obama", "erdogan", "netanyahu", "bolsonaro", "berlusconi"),
    *("zuckerberg", "beyonce", "rihanna", "zendaya", "shakira", "eminem", "dicaprio", "kardashian", "mbappe"),
    *("schwarzenegger", "scholz", "elonmusk", "messi", "aoc"),
)
"""names that mean one person, alone"""

FREE: tuple[str, ...] = (
    *(
        "vincent van gogh",
        "van gogh",
        "leonardo da vinci",
        "leonardo",
        "mona lisa",
        "claude monet",
        "monet",
        "rembrandt",
    ),
    *("johannes vermeer", "vermeer", "hieronymus bosch", "gustav klimt", "klimt", "edvard munch", "william turner"),
    *("caspar david friedrich", "albrecht duerer", "albrecht durer", "paul klee", "wassily kandinsky", "kandinsky"),
    *("piet mondrian", "kazimir malevich", "william blake", "william morris", "paul cezanne", "paul gauguin"),
    *("georges seurat", "egon schiele", "franz marc", "johann sebastian bach", "ludwig van beethoven", "beethoven"),
    *("wolfgang amadeus mozart", "mozart", "isaac newton", "charles darwin", "ada lovelace", "julius caesar"),
    *("cleopatra", "nefertiti", "queen victoria", "king arthur", "king tut", "jesus", "buddha", "virgin mary"),
    *("saint george", "medusa", "venus", "peter pan", "james bond", "harry potter", "sherlock holmes", "robin hood"),
    *("king kong", "queen mary", "king lear", "king midas", "prince charming", "max headroom", "henri rousseau"),
)
"""dead for a century or more, or never alive: no one's likeness is taken"""

THINGS = frozenset(
    """
    abbey abstract acid airport alley amber ancient aqua arch arches arctic atlantic aurora autumn avenue bay beach
    black blossom blue borealis bridge bright bronze bubbles building canal canyon cape castle cathedral cave cells
    chapel church circle circuit city clouds coast cold color colour copper coral cosmic creek crimson crystal dance
    dark dawn deep desert diamond digital district dream dusk earth east eastern electric emerald empire endless
    eternal falls field fire flames flower fog forest fountain fractal frozen fuji galaxy garden gardens gate gates
    glacier glass glow gold golden gothic grand great green grey grid gulf hall harbor harbour haze heaven hill
    hills hong house ice indigo infinite ink island islands jade jungle kaleidoscope kong lagoon lake land laser
    light lightning lights liquid lunar magic mandala marble market mars melting memorial metal metropolis midnight
    milky mirror monument moon morning mosque mount mountain mountains museum national nebula neon new night north
    northern nova ocean opera orange orchid pacific palace park particles pass peak petals pier pink plain planet
    plasma plaza point polar port prism purple radiant railway rain rainbow red reef ribbons ring rings river road
    rock rose royal ruby saint san santa saturn scarlet sea set shining shore silent silk silver sky skyline smoke
    soft solar south southern space spheres spiral spring square stadium star starry stars station statue stone
    storm street summer sun sunrise sunset swirl synthwave telescope temple terrain theatre tide tower towers town
    tree trees tunnel turquoise university urban valley velvet village violet volcano vortex wall warm warped water
    waterfall wave waves way west western white wild wind windows winter wood woods world yellow york zen
    """.split()  # noqa: SIM905
)
"""words that make a pair of capitals a place or a thing"""
