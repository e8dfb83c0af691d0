import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.processor.TimestampExtractor;
import org.apache.kafka.streams.state.Stores;

/** The same question in Kafka Streams with exactly_once_v2: views by campaign in windows of ten seconds, state in memory. StreamsPeer KAFKA TOPIC COUNT */
public class StreamsPeer {
  static final ObjectMapper JSON = new ObjectMapper();
  record Event(String campaign, String type, long timeMs) {}

  static Event parse(byte[] value) {
    try {
      JsonNode node = JSON.readTree(value);
      return new Event(node.path("campaign_id").asText(), node.path("event_type").asText(), node.path("event_time").asLong());
    } catch (Exception error) {
      return new Event("", "", 0);
    }
  }

  public static void main(String[] args) throws Exception {
    long count = Long.parseLong(args[2]);
    Properties settings = new Properties();
    settings.put("application.id", "streams-peer-" + System.nanoTime());
    settings.put("bootstrap.servers", args[0]);
    settings.put("processing.guarantee", "exactly_once_v2");
    settings.put("num.stream.threads", "1");
    settings.put("state.dir", Files.createTempDirectory("streams-peer").toString());
    settings.put("auto.offset.reset", "earliest");
    settings.put("replication.factor", "1");
    settings.put("max.poll.records", "10000");
    AtomicLong seen = new AtomicLong();
    CountDownLatch done = new CountDownLatch(1);
    StreamsBuilder builder = new StreamsBuilder();
    builder.addStateStore(Stores.windowStoreBuilder(Stores.inMemoryWindowStore("counts", Duration.ofHours(1), Duration.ofSeconds(10), false), Serdes.String(), Serdes.Long()).withLoggingEnabled(java.util.Map.of()));
    TimestampExtractor byEvent = (record, before) -> Math.max(0, ((Event) record.value()).timeMs());
    builder.stream(args[1], Consumed.with(Serdes.ByteArray(), Serdes.serdeFrom((topic, event) -> new byte[0], (topic, bytes) -> parse(bytes))).withTimestampExtractor(byEvent))
        .peek((key, event) -> { if (seen.incrementAndGet() >= count) done.countDown(); })
        .filter((key, event) -> event.type().equals("view"))
        // The topic is not partitioned by campaign: counted in each partition, as every system here does, and not sent round once more.
        .process(() -> new WindowCount(), "counts");
    KafkaStreams streams = new KafkaStreams(builder.build(), settings);
    streams.setStateListener((now, before) -> { if (now == KafkaStreams.State.RUNNING) { System.out.println("began"); System.out.flush(); } });
    streams.start();
    done.await();
    System.out.println("done " + seen.get());
    System.out.flush();
    streams.close(Duration.ofSeconds(10));
  }

  static class WindowCount implements org.apache.kafka.streams.processor.api.Processor<byte[], Event, Void, Void> {
    org.apache.kafka.streams.state.WindowStore<String, Long> store;
    public void init(org.apache.kafka.streams.processor.api.ProcessorContext<Void, Void> context) { store = context.getStateStore("counts"); }
    public void process(org.apache.kafka.streams.processor.api.Record<byte[], Event> record) {
      Event event = record.value();
      long window = event.timeMs() - event.timeMs() % 10_000;
      Long had = store.fetch(event.campaign(), window);
      store.put(event.campaign(), had == null ? 1 : had + 1, window);
    }
  }
}
