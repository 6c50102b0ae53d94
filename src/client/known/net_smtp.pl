# Sends one message with Perl's Net::SMTP: starttls, auth, mail, to, data.
use strict;
use warnings;
use Net::SMTP;

my ($host, $port, $ca, $tls, $sender, $recipient, $user, $password) = @ARGV;
my $message = do { local $/; <STDIN> };
my $client = Net::SMTP->new($host, Port => $port, Hello => 'me.client.example', Timeout => 3)
  or die "no connection: $@\n";
if ($tls eq 'required' or defined $client->supports('STARTTLS')) {
    $client->starttls(SSL_ca_file => $ca, SSL_verifycn_name => $host) or die 'starttls: ' . $client->message;
}
if (defined $user) {
    $client->auth($user, $password) or die 'auth: ' . $client->message;
}
my $offers = sub { defined $client->supports($_[0]) };
my %options = $offers->('SIZE') ? (Size => length $message) : ();
$options{Bits} = 8 if $offers->('8BITMIME') and $message =~ /[^\x00-\x7f]/;
my @notify = $offers->('DSN') ? ({ Notify => ['FAILURE'] }) : ();
$client->mail($sender, %options) or die 'mail: ' . $client->message;
$client->to($recipient, @notify) or die 'to: ' . $client->message;
$client->data($message) or die 'data: ' . $client->message;
$client->quit;
